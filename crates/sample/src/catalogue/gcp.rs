use crate::accounts::Holds::{Data, Line, Sandbox};
use crate::accounts::Provider::Gcp;
use crate::sku::Piece::{Account, Name, Region, Text};
use crate::sku::Profile::{Flat, Night, Office, Stored};
use crate::sku::{Category, Piece, ResourceKind, Service, Sku, service};

const COMPUTE: Service = service("Compute Engine", "Compute", "Virtual Machines");
const BIGQUERY: Service = service("BigQuery", "Databases", "Data Warehouses");
const STORAGE: Service = service("Cloud Storage", "Storage", "Object Storage");
const VERTEX: Service = service("Vertex AI", "AI and Machine Learning", "AI Platforms");
const SPEECH: Service = service("Cloud Speech API", "AI and Machine Learning", "Natural Language Processing");
const DATAFLOW: Service = service("Cloud Dataflow", "Analytics", "Streaming Analytics");
const PUBSUB: Service = service("Cloud Pub/Sub", "Integration", "Messaging");
const LOGGING: Service = service("Cloud Logging", "Management and Governance", "Observability");
const RUN: Service = service("Cloud Run", "Compute", "Containers");
const CLOUD_SQL: Service = service("Cloud SQL", "Databases", "Relational Databases");
const SUPPORT: Service = service("Support", "Other", "Other (Other)");

const fn resource(kind: &'static str, stem: &'static str, id: &'static [Piece]) -> ResourceKind {
    ResourceKind { kind, stem, id }
}

const INSTANCE: ResourceKind =
    resource("Instance", "gce", &[Text("//compute.googleapis.com/projects/"), Account, Text("/instances/"), Name]);
const GROUP: ResourceKind = resource(
    "Instance Group",
    "mig",
    &[Text("//compute.googleapis.com/projects/"), Account, Text("/regions/"), Region, Text("/instanceGroups/"), Name],
);
const DATASET: ResourceKind =
    resource("Dataset", "mart", &[Text("//bigquery.googleapis.com/projects/"), Account, Text("/datasets/"), Name]);
const BUCKET: ResourceKind = resource("Bucket", "gcs", &[Text("//storage.googleapis.com/northmoor-"), Name]);
const ENDPOINT: ResourceKind = resource(
    "Endpoint",
    "vertex",
    &[Text("//aiplatform.googleapis.com/projects/"), Account, Text("/locations/"), Region, Text("/endpoints/"), Name],
);
const RECOGNIZER: ResourceKind =
    resource("Recognizer", "speech", &[Text("//speech.googleapis.com/projects/"), Account, Text("/recognizers/"), Name]);
const JOB: ResourceKind = resource("Job", "flow", &[Text("//dataflow.googleapis.com/projects/"), Account, Text("/jobs/"), Name]);
const TOPIC: ResourceKind =
    resource("Topic", "topic", &[Text("//pubsub.googleapis.com/projects/"), Account, Text("/topics/"), Name]);
const LOG: ResourceKind =
    resource("Log Bucket", "log", &[Text("//logging.googleapis.com/projects/"), Account, Text("/buckets/"), Name]);
const SERVICE: ResourceKind =
    resource("Service", "run", &[Text("//run.googleapis.com/projects/"), Account, Text("/services/"), Name]);
const DATABASE: ResourceKind =
    resource("SQL Instance", "pg", &[Text("//cloudsql.googleapis.com/projects/"), Account, Text("/instances/"), Name]);

const fn usage(service: Service, code: &'static str, description: &'static str, price: &'static str, unit: &'static str) -> Sku {
    Sku::usage(Gcp, service, code, description, price, unit).discount(4)
}

pub(super) const SKUS: &[Sku] = &[
    usage(COMPUTE, "group-n2-standard-16", "N2 standard-16 instance running in Iowa", "0.7769", "hour")
        .on(GROUP)
        .meter("Core and RAM")
        .details(r#"{"InstanceType":"n2-standard-16","CoreCount":16,"MemorySize":64}"#),
    usage(COMPUTE, "purchase-cud", "Commitment - dollar based v1: flexible CUD for 1 year", "1", "USD")
        .discount(0)
        .category(Category::Purchase)
        .meter("Commitment"),
    usage(COMPUTE, "unused-cud", "Flexible CUD for 1 year: unused commitment", "1", "USD").discount(0).meter("Commitment"),
    Sku::fee(Gcp, SUPPORT, "support", "Enhanced support monthly fee"),
    Sku::lump(Gcp, COMPUTE, Category::Tax, "tax", "Tax"),
    Sku::lump(Gcp, BIGQUERY, Category::Credit, "credit", "Promotional credit"),
    Sku::lump(Gcp, COMPUTE, Category::Adjustment, "rounding", "Rounding of the invoice to cents"),
    Sku::lump(Gcp, LOGGING, Category::Usage, "refund", "Goodwill refund for a logging incident"),
    usage(COMPUTE, "e2-standard-4", "E2 standard-4 instance", "0.134", "hour")
        .on(INSTANCE)
        .meter("Core and RAM")
        .details(r#"{"InstanceType":"e2-standard-4","CoreCount":4}"#)
        .step(100)
        .hourly()
        .zonal()
        .tail(Line, 12_000, 70, Office),
    usage(BIGQUERY, "analysis", "Analysis: bytes scanned", "6.25", "tebibyte")
        .on(DATASET)
        .meter("Analysis")
        .hourly()
        .tail(Data, 21_000, 70, Office),
    usage(BIGQUERY, "active-storage", "Active Logical Storage", "0.02", "gibibyte month")
        .on(DATASET)
        .meter("Storage")
        .tail(Data, 6_800, 30, Stored),
    usage(STORAGE, "standard", "Standard Storage", "0.020", "gibibyte month")
        .on(BUCKET)
        .meter("Storage")
        .tail(Line, 5_900, 50, Stored),
    usage(STORAGE, "class-a", "Regional Standard Class A Operations", "0.000005", "count")
        .on(BUCKET)
        .meter("Operations")
        .whole()
        .hourly()
        .tail(Line, 1_000, 60, Office),
    usage(VERTEX, "prediction-g2-standard-8", "Online prediction g2-standard-8 with L4", "0.9817", "hour")
        .on(ENDPOINT)
        .meter("Prediction")
        .details(r#"{"InstanceType":"g2-standard-8","GpuCount":1}"#)
        .step(100)
        .hourly()
        .tail(Line, 12_800, 14, Office),
    usage(SPEECH, "recognition", "Speech-to-Text V2 recognition", "0.016", "minute")
        .on(RECOGNIZER)
        .meter("Recognition")
        .tail(Line, 8_900, 16, Office),
    usage(DATAFLOW, "vcpu", "Streaming vCPU time", "0.069", "hour")
        .on(JOB)
        .meter("vCPU")
        .step(100)
        .hourly()
        .tail(Data, 9_700, 30, Flat),
    usage(PUBSUB, "throughput", "Message Delivery Basic", "40", "tebibyte")
        .on(TOPIC)
        .meter("Throughput")
        .hourly()
        .tail(Data, 3_300, 50, Office),
    usage(LOGGING, "log-storage", "Log Storage cost", "0.50", "gibibyte")
        .on(LOG)
        .meter("Logs")
        .hourly()
        .tail(Line, 3_700, 60, Office),
    usage(RUN, "cpu", "Services CPU (Request-based billing)", "0.000024", "second")
        .on(SERVICE)
        .meter("CPU")
        .hourly()
        .tail(Line, 4_200, 70, Office),
    usage(CLOUD_SQL, "pg-vcpu", "Cloud SQL for PostgreSQL: Zonal - vCPU", "0.0413", "hour")
        .on(DATABASE)
        .meter("vCPU")
        .step(100)
        .hourly()
        .tail(Line, 6_100, 30, Flat),
    usage(VERTEX, "sandbox-workbench", "Workbench n1-standard-8", "0.4370", "hour")
        .on(INSTANCE)
        .meter("Workbench")
        .step(100)
        .hourly()
        .tail(Sandbox, 4_500, 14, Office),
    usage(COMPUTE, "batch-n2-spot", "Spot Preemptible N2 Instance Core", "0.0096", "hour")
        .on(INSTANCE)
        .meter("Spot Core")
        .discount(0)
        .step(100)
        .tail(Data, 2_500, 0, Night),
];
