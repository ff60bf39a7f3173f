use crate::accounts::Holds::{Data, Line, Platform, Sandbox, Shared};
use crate::accounts::Provider::Aws;
use crate::sku::Piece::{Account, Hex, Name, Region, Text};
use crate::sku::Profile::{Flat, Night, Office, Stored};
use crate::sku::{Category, ResourceKind, Service, Sku, service};

const EC2: Service = service("Amazon Elastic Compute Cloud", "Compute", "Virtual Machines");
const EBS: Service = service("Amazon Elastic Block Store", "Storage", "Block Storage");
const S3: Service = service("Amazon Simple Storage Service", "Storage", "Object Storage");
const RDS: Service = service("Amazon Relational Database Service", "Databases", "Relational Databases");
const DYNAMODB: Service = service("Amazon DynamoDB", "Databases", "NoSQL Databases");
const OPENSEARCH: Service = service("Amazon OpenSearch Service", "Databases", "Other (Databases)");
const SAGEMAKER: Service = service("Amazon SageMaker", "AI and Machine Learning", "AI Platforms");
const BEDROCK: Service = service("Amazon Bedrock", "AI and Machine Learning", "Generative AI");
const TEXTRACT: Service = service("Amazon Textract", "AI and Machine Learning", "Natural Language Processing");
const LAMBDA: Service = service("AWS Lambda", "Compute", "Serverless Compute");
const EKS: Service = service("Amazon Elastic Container Service for Kubernetes", "Compute", "Containers");
const GLUE: Service = service("AWS Glue", "Analytics", "Data Processing");
const REDSHIFT: Service = service("Amazon Redshift", "Databases", "Data Warehouses");
const KINESIS: Service = service("Amazon Kinesis", "Analytics", "Streaming Analytics");
const CLOUDWATCH: Service = service("AmazonCloudWatch", "Management and Governance", "Observability");
const VPC: Service = service("Amazon Virtual Private Cloud", "Networking", "Network Infrastructure");
const TRANSFER: Service = service("AWS Data Transfer", "Networking", "Content Delivery");
const KMS: Service = service("AWS Key Management Service", "Security", "Secret Management");
const GUARDDUTY: Service = service("Amazon GuardDuty", "Security", "Threat Detection and Response");
const SQS: Service = service("Amazon Simple Queue Service", "Integration", "Messaging");
const STEP_FUNCTIONS: Service = service("AWS Step Functions", "Integration", "Other (Integration)");
const SUPPORT: Service = service("AWS Support (Enterprise)", "Other", "Other (Other)");
const DATADOG: Service = service("Datadog Pro", "Management and Governance", "Observability");
const SAVINGS_PLANS: Service = service("Savings Plans for AWS Compute usage", "Compute", "Virtual Machines");
const ML_SAVINGS_PLANS: Service = service("Savings Plans for AWS Machine Learning", "AI and Machine Learning", "AI Platforms");

const fn arn(kind: &'static str, stem: &'static str, id: &'static [crate::sku::Piece]) -> ResourceKind {
    ResourceKind { kind, stem, id }
}

const INSTANCE: ResourceKind =
    arn("Instance", "node", &[Text("arn:aws:ec2:"), Region, Text(":"), Account, Text(":instance/i-0"), Hex(16)]);
const GROUP: ResourceKind = arn(
    "Auto Scaling Group",
    "group",
    &[Text("arn:aws:autoscaling:"), Region, Text(":"), Account, Text(":autoScalingGroup:"), Hex(12), Text(":"), Name],
);
const VOLUME: ResourceKind =
    arn("Volume", "volume", &[Text("arn:aws:ec2:"), Region, Text(":"), Account, Text(":volume/vol-0"), Hex(16)]);
const BUCKET: ResourceKind = arn("Bucket", "bucket", &[Text("arn:aws:s3:::northmoor-"), Name]);
const DATABASE: ResourceKind = arn("DB Instance", "db", &[Text("arn:aws:rds:"), Region, Text(":"), Account, Text(":db:"), Name]);
const TABLE: ResourceKind =
    arn("Table", "table", &[Text("arn:aws:dynamodb:"), Region, Text(":"), Account, Text(":table/"), Name]);
const DOMAIN: ResourceKind = arn("Domain", "vectors", &[Text("arn:aws:es:"), Region, Text(":"), Account, Text(":domain/"), Name]);
const ENDPOINT: ResourceKind =
    arn("Endpoint", "endpoint", &[Text("arn:aws:sagemaker:"), Region, Text(":"), Account, Text(":endpoint/"), Name]);
const TRAINING: ResourceKind = arn(
    "Training Job",
    "training",
    &[Text("arn:aws:sagemaker:"), Region, Text(":"), Account, Text(":training-job/"), Name, Text("-"), Hex(8)],
);
const FUNCTION: ResourceKind =
    arn("Function", "handler", &[Text("arn:aws:lambda:"), Region, Text(":"), Account, Text(":function:"), Name]);
const CLUSTER: ResourceKind = arn("Cluster", "eks", &[Text("arn:aws:eks:"), Region, Text(":"), Account, Text(":cluster/"), Name]);
const JOB: ResourceKind = arn("Job", "etl", &[Text("arn:aws:glue:"), Region, Text(":"), Account, Text(":job/"), Name]);
const WAREHOUSE: ResourceKind =
    arn("Cluster", "warehouse", &[Text("arn:aws:redshift:"), Region, Text(":"), Account, Text(":cluster:"), Name]);
const STREAM: ResourceKind =
    arn("Stream", "events", &[Text("arn:aws:kinesis:"), Region, Text(":"), Account, Text(":stream/"), Name]);
const LOG_GROUP: ResourceKind =
    arn("Log Group", "logs", &[Text("arn:aws:logs:"), Region, Text(":"), Account, Text(":log-group:/northmoor/"), Name]);
const GATEWAY: ResourceKind =
    arn("NAT Gateway", "nat", &[Text("arn:aws:ec2:"), Region, Text(":"), Account, Text(":natgateway/nat-0"), Hex(16)]);
const KEY: ResourceKind = arn("Key", "key", &[Text("arn:aws:kms:"), Region, Text(":"), Account, Text(":key/"), Hex(16)]);
const DETECTOR: ResourceKind =
    arn("Detector", "detector", &[Text("arn:aws:guardduty:"), Region, Text(":"), Account, Text(":detector/"), Hex(16)]);
const QUEUE: ResourceKind = arn("Queue", "queue", &[Text("arn:aws:sqs:"), Region, Text(":"), Account, Text(":"), Name]);
const MACHINE: ResourceKind =
    arn("State Machine", "flow", &[Text("arn:aws:states:"), Region, Text(":"), Account, Text(":stateMachine:"), Name]);
const PROFILE: ResourceKind = arn(
    "Application Inference Profile",
    "profile",
    &[Text("arn:aws:bedrock:"), Region, Text(":"), Account, Text(":application-inference-profile/"), Hex(12)],
);
const ADAPTER: ResourceKind =
    arn("Adapter", "reader", &[Text("arn:aws:textract:"), Region, Text(":"), Account, Text(":/adapters/"), Hex(12)]);
const BATCH: ResourceKind =
    arn("Batch Job", "run", &[Text("arn:aws:batch:"), Region, Text(":"), Account, Text(":job/"), Hex(16)]);

const fn usage(service: Service, code: &'static str, description: &'static str, price: &'static str, unit: &'static str) -> Sku {
    Sku::usage(Aws, service, code, description, price, unit).discount(6)
}

const fn vm(code: &'static str, description: &'static str, price: &'static str, details: &'static str) -> Sku {
    usage(EC2, code, description, price, "Hours").on(INSTANCE).meter("Compute").details(details).hourly().zonal().step(100)
}

const fn ml(code: &'static str, description: &'static str, price: &'static str, details: &'static str) -> Sku {
    usage(SAGEMAKER, code, description, price, "Hours").on(ENDPOINT).meter("Hosting").details(details)
}

pub(super) const SKUS: &[Sku] = &[
    // The core: what serves the AI workloads and the databases under a commitment.
    ml(
        "hosting-ml.g5.xlarge",
        "USD 1.4084 per Hosting ml.g5.xlarge hour in US East (N. Virginia)",
        "1.4084",
        r#"{"InstanceType":"ml.g5.xlarge","GpuCount":1,"CoreCount":4}"#,
    ),
    ml(
        "hosting-ml.g6e.xlarge",
        "USD 2.3263 per Hosting ml.g6e.xlarge hour in US East (N. Virginia)",
        "2.3263",
        r#"{"InstanceType":"ml.g6e.xlarge","GpuCount":1,"CoreCount":4}"#,
    ),
    ml(
        "training-ml.p4d.24xlarge",
        "USD 25.2519 per Training ml.p4d.24xlarge hour in US East (N. Virginia)",
        "25.2519",
        r#"{"InstanceType":"ml.p4d.24xlarge","GpuCount":8,"CoreCount":96}"#,
    )
    .on(TRAINING)
    .meter("Training"),
    usage(EC2, "group-m7i.2xlarge", "USD 0.4032 per On Demand Linux m7i.2xlarge Instance Hour", "0.4032", "Hours")
        .on(GROUP)
        .meter("Compute")
        .details(r#"{"InstanceType":"m7i.2xlarge","CoreCount":8,"MemorySize":32,"OperatingSystem":"Linux"}"#),
    usage(RDS, "rds-r6g.2xlarge", "USD 0.904 per RDS db.r6g.2xlarge instance hour running PostgreSQL", "0.904", "Hours")
        .on(DATABASE)
        .meter("Database")
        .details(r#"{"InstanceType":"db.r6g.2xlarge","CoreCount":8,"MemorySize":64,"x_Engine":"PostgreSQL"}"#),
    usage(OPENSEARCH, "search-r7g.xlarge", "USD 0.356 per r7g.xlarge.search instance hour", "0.356", "Hours")
        .on(DOMAIN)
        .meter("Search")
        .details(r#"{"InstanceType":"r7g.xlarge.search","CoreCount":4,"MemorySize":32}"#),
    usage(OPENSEARCH, "unused-reserved-search", "r7g.xlarge.search reserved instance: unused hours", "0.2314", "Hours")
        .discount(0)
        .meter("Commitment"),
    // Commitments.
    usage(ML_SAVINGS_PLANS, "purchase-ml-savings-plan", "1 year No Upfront Machine Learning Savings Plan", "1", "USD")
        .discount(0)
        .category(Category::Purchase)
        .meter("Commitment"),
    usage(ML_SAVINGS_PLANS, "unused-ml-savings-plan", "Machine Learning Savings Plan: unused commitment", "1", "USD")
        .discount(0)
        .meter("Commitment"),
    usage(SAVINGS_PLANS, "purchase-compute-savings-plan", "1 year No Upfront Compute Savings Plan", "1", "USD")
        .discount(0)
        .category(Category::Purchase)
        .meter("Commitment"),
    usage(SAVINGS_PLANS, "unused-compute-savings-plan", "Compute Savings Plan: unused commitment", "1", "USD")
        .discount(0)
        .meter("Commitment"),
    usage(RDS, "purchase-reserved-db", "USD hourly fee per PostgreSQL db.r6g.2xlarge reserved instance", "0.5876", "Hours")
        .discount(0)
        .category(Category::Purchase)
        .meter("Commitment"),
    usage(RDS, "unused-reserved-db", "PostgreSQL db.r6g.2xlarge reserved instance: unused hours", "0.5876", "Hours")
        .discount(0)
        .meter("Commitment"),
    // Once a month.
    Sku::fee(Aws, SUPPORT, "support", "AWS Support (Enterprise) monthly fee"),
    Sku::lump(Aws, EC2, Category::Tax, "tax", "Sales tax on AWS services"),
    Sku::lump(Aws, SAGEMAKER, Category::Credit, "credit", "Migration Acceleration Program credit"),
    Sku::lump(Aws, S3, Category::Usage, "refund", "Refund: requests billed twice by a faulty replication rule"),
    // The long tail.
    vm(
        "m7i.large",
        "USD 0.1008 per On Demand Linux m7i.large Instance Hour",
        "0.1008",
        r#"{"InstanceType":"m7i.large","CoreCount":2}"#,
    )
    .tail(Line, 21_000, 150, Office),
    vm(
        "c7i.xlarge",
        "USD 0.1785 per On Demand Linux c7i.xlarge Instance Hour",
        "0.1785",
        r#"{"InstanceType":"c7i.xlarge","CoreCount":4}"#,
    )
    .tail(Line, 17_000, 90, Office),
    vm(
        "r7g.xlarge",
        "USD 0.2142 per On Demand Linux r7g.xlarge Instance Hour",
        "0.2142",
        r#"{"InstanceType":"r7g.xlarge","CoreCount":4}"#,
    )
    .tail(Data, 12_000, 60, Night),
    vm(
        "t3.medium",
        "USD 0.0416 per On Demand Linux t3.medium Instance Hour",
        "0.0416",
        r#"{"InstanceType":"t3.medium","CoreCount":2}"#,
    )
    .tail(Shared, 3_000, 50, Flat),
    vm(
        "g5.xlarge",
        "USD 1.006 per On Demand Linux g5.xlarge Instance Hour",
        "1.006",
        r#"{"InstanceType":"g5.xlarge","GpuCount":1}"#,
    )
    .tail(Platform, 9_000, 12, Office),
    usage(EBS, "gp3", "USD 0.08 per GB-month of General Purpose (gp3) provisioned storage", "0.08", "GB-Months")
        .on(VOLUME)
        .meter("Storage")
        .zonal()
        .tail(Line, 13_000, 160, Stored),
    usage(EBS, "snapshots", "USD 0.05 per GB-month of snapshot data stored", "0.05", "GB-Months")
        .on(VOLUME)
        .meter("Snapshots")
        .tail(Line, 4_000, 60, Stored),
    usage(S3, "standard-storage", "USD 0.023 per GB - first 50 TB / month of storage used", "0.023", "GB-Months")
        .on(BUCKET)
        .meter("Storage")
        .tail(Line, 11_000, 80, Stored),
    usage(S3, "standard-storage-lake", "USD 0.022 per GB - next 450 TB / month of storage used", "0.022", "GB-Months")
        .on(BUCKET)
        .meter("Storage")
        .tail(Data, 16_000, 20, Stored),
    usage(S3, "requests-tier1", "USD 0.005 per 1000 PUT COPY POST or LIST requests", "0.000005", "Requests")
        .on(BUCKET)
        .meter("Requests")
        .whole()
        .hourly()
        .tail(Line, 3_400, 130, Office),
    usage(S3, "requests-tier2", "USD 0.004 per 10000 GET and all other requests", "0.0000004", "Requests")
        .on(BUCKET)
        .meter("Requests")
        .whole()
        .hourly()
        .tail(Line, 2_100, 130, Office),
    usage(RDS, "rds-t4g.large", "USD 0.129 per RDS db.t4g.large instance hour running PostgreSQL", "0.129", "Hours")
        .on(DATABASE)
        .meter("Database")
        .step(100)
        .hourly()
        .tail(Line, 7_000, 40, Flat),
    usage(RDS, "rds-storage", "USD 0.115 per GB-month of provisioned gp3 storage running PostgreSQL", "0.115", "GB-Months")
        .on(DATABASE)
        .meter("Storage")
        .tail(Line, 5_000, 30, Stored),
    usage(DYNAMODB, "writes", "USD 0.63 per million write request units", "0.00000063", "Requests")
        .on(TABLE)
        .meter("Requests")
        .whole()
        .hourly()
        .tail(Line, 6_000, 70, Office),
    usage(DYNAMODB, "reads", "USD 0.12 per million read request units", "0.00000012", "Requests")
        .on(TABLE)
        .meter("Requests")
        .whole()
        .hourly()
        .tail(Line, 3_000, 70, Office),
    usage(OPENSEARCH, "vectors-r7g.large", "USD 0.178 per r7g.large.search instance hour", "0.178", "Hours")
        .on(DOMAIN)
        .meter("Search")
        .step(100)
        .tail(Platform, 14_000, 14, Flat),
    usage(BEDROCK, "titan-embeddings", "USD 0.02 per million input tokens of Titan Text Embeddings V2", "0.02", "1M Tokens")
        .on(PROFILE)
        .meter("Input Tokens")
        .consumed("Tokens", 1_000_000)
        .tail(Line, 5_200, 20, Office),
    usage(TEXTRACT, "analyze-document", "USD 0.05 per page for AnalyzeDocument forms", "0.05", "Pages")
        .on(ADAPTER)
        .meter("Pages")
        .whole()
        .tail(Line, 9_500, 16, Office),
    usage(LAMBDA, "duration", "AWS Lambda - total compute - GB-second", "0.00001667", "GB-Seconds")
        .on(FUNCTION)
        .meter("Duration")
        .hourly()
        .tail(Line, 5_500, 160, Office),
    usage(LAMBDA, "requests", "AWS Lambda - total requests", "0.0000002", "Requests")
        .on(FUNCTION)
        .meter("Requests")
        .whole()
        .hourly()
        .tail(Line, 900, 160, Office),
    usage(EKS, "cluster-hours", "USD 0.10 per cluster hour", "0.10", "Hours")
        .on(CLUSTER)
        .meter("Cluster")
        .step(100)
        .tail(Platform, 1_100, 8, Flat),
    usage(GLUE, "dpu-hours", "USD 0.44 per data processing unit hour", "0.44", "DPU-Hours")
        .on(JOB)
        .meter("Jobs")
        .step(100)
        .tail(Data, 22_000, 40, Night),
    usage(REDSHIFT, "ra3.xlplus", "USD 1.086 per ra3.xlplus node hour", "1.086", "Hours")
        .on(WAREHOUSE)
        .meter("Warehouse")
        .step(100)
        .tail(Data, 15_000, 8, Flat),
    usage(KINESIS, "shard-hours", "USD 0.015 per shard hour", "0.015", "Hours")
        .on(STREAM)
        .meter("Shards")
        .step(100)
        .hourly()
        .tail(Data, 4_500, 30, Flat),
    usage(CLOUDWATCH, "logs-ingested", "USD 0.50 per GB custom log data ingested", "0.50", "GB")
        .on(LOG_GROUP)
        .meter("Logs")
        .hourly()
        .tail(Line, 10_500, 170, Office),
    usage(CLOUDWATCH, "metrics", "USD 0.30 per metric-month for the first 10000 metrics", "0.30", "Metrics")
        .on(LOG_GROUP)
        .meter("Metrics")
        .tail(Platform, 6_000, 40, Flat),
    usage(VPC, "nat-gateway-bytes", "USD 0.045 per GB data processed by NAT gateways", "0.045", "GB")
        .on(GATEWAY)
        .meter("Network")
        .hourly()
        .tail(Platform, 7_500, 60, Office),
    usage(TRANSFER, "internet-out", "USD 0.09 per GB - first 10 TB / month data transfer out", "0.09", "GB")
        .on(INSTANCE)
        .meter("Network")
        .hourly()
        .tail(Line, 6_500, 100, Office),
    usage(KMS, "kms-requests", "USD 0.03 per 10000 KMS requests", "0.000003", "Requests")
        .on(KEY)
        .meter("Requests")
        .whole()
        .hourly()
        .tail(Shared, 1_200, 50, Office),
    usage(GUARDDUTY, "events", "USD 4.00 per million CloudTrail events analysed", "0.000004", "Events")
        .on(DETECTOR)
        .meter("Events")
        .whole()
        .tail(Shared, 3_800, 20, Office),
    usage(SQS, "sqs-requests", "USD 0.40 per million requests", "0.0000004", "Requests")
        .on(QUEUE)
        .meter("Requests")
        .whole()
        .hourly()
        .tail(Line, 1_300, 60, Office),
    usage(STEP_FUNCTIONS, "transitions", "USD 0.025 per 1000 state transitions", "0.000025", "Transitions")
        .on(MACHINE)
        .meter("Workflows")
        .whole()
        .tail(Line, 2_600, 30, Office),
    usage(DATADOG, "hosts", "Datadog Pro infrastructure host via AWS Marketplace", "0.0225", "Host-Hours")
        .discount(0)
        .publisher("Datadog")
        .meter("Hosts")
        .on(CLUSTER)
        .step(100)
        .tail(Platform, 9_800, 10, Flat),
    vm(
        "sandbox-m7i.xlarge",
        "USD 0.2016 per On Demand Linux m7i.xlarge Instance Hour",
        "0.2016",
        r#"{"InstanceType":"m7i.xlarge","CoreCount":4}"#,
    )
    .tail(Sandbox, 9_000, 40, Office),
    ml(
        "sandbox-notebook",
        "USD 0.922 per Notebook ml.m5.4xlarge hour",
        "0.922",
        r#"{"InstanceType":"ml.m5.4xlarge","CoreCount":16}"#,
    )
    .tail(Sandbox, 7_000, 12, Office)
    .step(100),
    usage(S3, "sandbox-storage", "USD 0.023 per GB - first 50 TB / month of storage used", "0.023", "GB-Months")
        .on(BUCKET)
        .meter("Storage")
        .tail(Sandbox, 4_000, 14, Stored),
    usage(EC2, "batch-c7i.4xlarge", "USD 0.714 per Spot Linux c7i.4xlarge Instance Hour", "0.2856", "Hours")
        .on(BATCH)
        .meter("Batch")
        .step(100)
        .discount(0)
        .tail(Data, 9_000, 0, Night),
];
