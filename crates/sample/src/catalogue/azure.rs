use crate::accounts::Holds::{Data, Line, Sandbox, Shared};
use crate::accounts::Provider::Azure;
use crate::sku::Piece::{Account, Name, Text};
use crate::sku::Profile::{Flat, Night, Office, Stored};
use crate::sku::{Category, Piece, ResourceKind, Service, Sku, service};

const VM: Service = service("Virtual Machines", "Compute", "Virtual Machines");
const FUNCTIONS: Service = service("Functions", "Compute", "Serverless Compute");
const STORAGE: Service = service("Storage Accounts", "Storage", "Object Storage");
const SQL: Service = service("SQL Database", "Databases", "Relational Databases");
const COSMOS: Service = service("Azure Cosmos DB", "Databases", "NoSQL Databases");
const MONITOR: Service = service("Azure Monitor", "Management and Governance", "Observability");
const FACTORY: Service = service("Azure Data Factory v2", "Integration", "Other (Integration)");
const DATABRICKS: Service = service("Azure Databricks", "Analytics", "Data Processing");
const DOCUMENTS: Service = service("Foundry Tools", "AI and Machine Learning", "Natural Language Processing");
const BANDWIDTH: Service = service("Bandwidth", "Networking", "Network Infrastructure");
const SENTINEL: Service = service("Sentinel", "Security", "Security Posture Management");
const SUPPORT: Service = service("Unified Support", "Other", "Other (Other)");

const fn arm(kind: &'static str, stem: &'static str, id: &'static [Piece]) -> ResourceKind {
    ResourceKind { kind, stem, id }
}

const GROUP: &str = "/resourceGroups/rg-core/providers/";
const MACHINE: ResourceKind = arm(
    "Virtual machine",
    "vm",
    &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.Compute/virtualMachines/"), Name],
);
const SCALE_SET: ResourceKind = arm(
    "Virtual machine scale set",
    "vmss",
    &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.Compute/virtualMachineScaleSets/"), Name],
);
const SITE: ResourceKind =
    arm("Function App", "func", &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.Web/sites/"), Name]);
const ACCOUNT: ResourceKind = arm(
    "Storage account",
    "st",
    &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.Storage/storageAccounts/"), Name],
);
const DATABASE: ResourceKind = arm(
    "SQL database",
    "sql",
    &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.Sql/servers/nm/databases/"), Name],
);
const COSMOS_ACCOUNT: ResourceKind = arm(
    "Azure Cosmos DB account",
    "cosmos",
    &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.DocumentDB/databaseAccounts/"), Name],
);
const WORKSPACE: ResourceKind = arm(
    "Log Analytics workspace",
    "law",
    &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.OperationalInsights/workspaces/"), Name],
);
const PIPELINE: ResourceKind =
    arm("Data factory", "adf", &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.DataFactory/factories/"), Name]);
const BRICKS: ResourceKind = arm(
    "Azure Databricks Service",
    "dbw",
    &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.Databricks/workspaces/"), Name],
);
const COGNITIVE: ResourceKind = arm(
    "Document intelligence",
    "di",
    &[Text("/subscriptions/"), Account, Text(GROUP), Text("Microsoft.CognitiveServices/accounts/"), Name],
);

const fn usage(service: Service, code: &'static str, description: &'static str, price: &'static str, unit: &'static str) -> Sku {
    Sku::usage(Azure, service, code, description, price, unit).discount(8)
}

pub(super) const SKUS: &[Sku] = &[
    usage(VM, "scale-set-D8s_v5", "Dsv5 Series - D8s v5 - US East", "0.384", "1 Hour")
        .on(SCALE_SET)
        .meter("D8s v5")
        .details(r#"{"InstanceType":"Standard_D8s_v5","CoreCount":8,"MemorySize":32}"#),
    usage(VM, "purchase-reservation", "Reserved VM Instance Standard_D8s_v5 US East 1 Year", "0.24576", "1 Hour")
        .discount(0)
        .category(Category::Purchase)
        .meter("Reservation"),
    usage(VM, "unused-reservation", "Reserved VM Instance Standard_D8s_v5: unused hours", "0.24576", "1 Hour")
        .discount(0)
        .meter("Reservation"),
    usage(SQL, "upfront-reserved-sql", "Reserved SQL Database vCore 1 Year, paid up front", "24000", "1")
        .discount(0)
        .category(Category::Purchase)
        .meter("Upfront"),
    Sku::fee(Azure, SUPPORT, "support", "Unified Enterprise support monthly fee"),
    Sku::lump(Azure, VM, Category::Tax, "tax", "Sales tax"),
    Sku::lump(Azure, DATABRICKS, Category::Credit, "credit", "Azure consumption commitment shortfall credit"),
    Sku::lump(Azure, STORAGE, Category::Usage, "refund", "Service credit for a storage outage"),
    usage(VM, "D4s_v5", "Dsv5 Series - D4s v5", "0.192", "1 Hour")
        .on(MACHINE)
        .meter("D4s v5")
        .details(r#"{"InstanceType":"Standard_D4s_v5","CoreCount":4}"#)
        .step(100)
        .hourly()
        .zonal()
        .tail(Line, 17_000, 90, Office),
    usage(VM, "E8s_v5", "Esv5 Series - E8s v5", "0.504", "1 Hour")
        .on(MACHINE)
        .meter("E8s v5")
        .details(r#"{"InstanceType":"Standard_E8s_v5","CoreCount":8}"#)
        .step(100)
        .hourly()
        .zonal()
        .tail(Shared, 8_000, 40, Flat),
    usage(FUNCTIONS, "execution-time", "Functions - Standard Execution Time", "0.000016", "1 GB Second")
        .on(SITE)
        .meter("Execution Time")
        .hourly()
        .tail(Line, 1_900, 70, Office),
    usage(STORAGE, "hot-lrs", "General Block Blob v2 - Hot LRS Data Stored", "0.0208", "1 GB/Month")
        .on(ACCOUNT)
        .meter("Hot LRS Data Stored")
        .tail(Line, 7_600, 60, Stored),
    usage(STORAGE, "hot-writes", "General Block Blob v2 - Hot LRS Write Operations", "0.0000055", "1")
        .on(ACCOUNT)
        .meter("Hot LRS Write Operations")
        .whole()
        .hourly()
        .tail(Line, 1_400, 80, Office),
    usage(SQL, "vcore", "SQL Database Single General Purpose - vCore", "0.252", "1 Hour")
        .on(DATABASE)
        .meter("vCore")
        .step(100)
        .hourly()
        .tail(Line, 14_500, 40, Flat),
    usage(COSMOS, "request-units", "Azure Cosmos DB autoscale - 100 RU/s", "0.012", "1/Hour")
        .on(COSMOS_ACCOUNT)
        .meter("100 RU/s")
        .step(100)
        .hourly()
        .tail(Line, 4_800, 30, Office),
    usage(MONITOR, "log-ingestion", "Log Analytics - Analytics Logs Data Ingestion", "2.30", "1 GB")
        .on(WORKSPACE)
        .meter("Analytics Logs Data Ingestion")
        .hourly()
        .restated()
        .tail(Line, 9_400, 90, Office),
    usage(FACTORY, "pipeline-activity", "Azure Data Factory v2 - Cloud Pipeline Activity", "0.00025", "1 Hour")
        .on(PIPELINE)
        .meter("Pipeline Activity")
        .whole()
        .tail(Data, 8_800, 24, Night),
    usage(DATABRICKS, "jobs-compute", "Premium Jobs Compute DBU", "0.30", "1 Hour")
        .on(BRICKS)
        .meter("Jobs Compute DBU")
        .step(100)
        .tail(Data, 24_000, 30, Night),
    usage(DOCUMENTS, "prebuilt-pages", "Document Intelligence - S0 Pre-built Pages", "0.01", "1")
        .on(COGNITIVE)
        .meter("S0 Pre-built Pages")
        .whole()
        .tail(Line, 12_500, 16, Office),
    usage(BANDWIDTH, "egress", "Bandwidth - Standard Data Transfer Out", "0.087", "1 GB")
        .on(MACHINE)
        .meter("Standard Data Transfer Out")
        .hourly()
        .tail(Line, 3_100, 50, Office),
    usage(SENTINEL, "sentinel-analysis", "Sentinel - Analysis", "2.46", "1 GB")
        .on(WORKSPACE)
        .meter("Analysis")
        .tail(Shared, 6_300, 10, Flat),
    usage(VM, "sandbox-D4s_v5", "Dsv5 Series - D4s v5", "0.192", "1 Hour")
        .on(MACHINE)
        .meter("D4s v5")
        .step(100)
        .hourly()
        .zonal()
        .tail(Sandbox, 5_000, 12, Office),
    usage(VM, "batch-D16s_v5", "Dsv5 Series - D16s v5 Spot", "0.2304", "1 Hour")
        .on(MACHINE)
        .meter("D16s v5 Spot")
        .discount(0)
        .step(100)
        .tail(Data, 3_000, 0, Night),
];
