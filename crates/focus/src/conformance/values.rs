//! What columns with a closed list of values may hold, each list in the order of the alphabet.

/// `ChargeCategory`.
pub(super) const CHARGE_CATEGORIES: &[&str] = &["Adjustment", "Credit", "Purchase", "Tax", "Usage"];
/// `ChargeClass`.
pub(super) const CHARGE_CLASSES: &[&str] = &["Correction"];
/// `ChargeFrequency`.
pub(super) const CHARGE_FREQUENCIES: &[&str] = &["One-Time", "Recurring", "Usage-Based"];
/// `PricingCategory`.
pub(super) const PRICING_CATEGORIES: &[&str] = &["Committed", "Dynamic", "Other", "Standard"];
/// `CommitmentDiscountCategory`.
pub(super) const COMMITMENT_CATEGORIES: &[&str] = &["Spend", "Usage"];
/// `CommitmentDiscountStatus` and `CapacityReservationStatus`.
pub(super) const STATUSES: &[&str] = &["Unused", "Used"];
/// `ServiceCategory`.
pub(super) const SERVICE_CATEGORIES: &[&str] = &[
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Multicloud",
    "Networking",
    "Other",
    "Security",
    "Storage",
    "Web",
];

/// `ServiceSubcategory` with its one `ServiceCategory`. Beside these each category has `Other (<category>)`.
pub(super) const SERVICE_SUBCATEGORIES: &[(&str, &str)] = &[
    ("AI Platforms", "AI and Machine Learning"),
    ("API Management", "Integration"),
    ("Analytics Platforms", "Analytics"),
    ("Application Networking", "Networking"),
    ("Application Platforms", "Web"),
    ("Architecture", "Management and Governance"),
    ("Backup Storage", "Storage"),
    ("Block Storage", "Storage"),
    ("Bots", "AI and Machine Learning"),
    ("Business Intelligence", "Analytics"),
    ("Caching", "Databases"),
    ("Compliance", "Management and Governance"),
    ("Containers", "Compute"),
    ("Content Creation", "Media"),
    ("Content Delivery", "Networking"),
    ("Continuous Integration and Deployment", "Developer Tools"),
    ("Cost Management", "Management and Governance"),
    ("Data Governance", "Management and Governance"),
    ("Data Migration", "Migration"),
    ("Data Processing", "Analytics"),
    ("Data Warehouses", "Databases"),
    ("Developer Platforms", "Developer Tools"),
    ("Development Environments", "Developer Tools"),
    ("Disaster Recovery", "Management and Governance"),
    ("End User Computing", "Compute"),
    ("Endpoint Management", "Management and Governance"),
    ("File Storage", "Storage"),
    ("Gaming", "Media"),
    ("Generative AI", "AI and Machine Learning"),
    ("Identity and Access Management", "Identity"),
    ("IoT Analytics", "Internet of Things"),
    ("IoT Platforms", "Internet of Things"),
    ("Ledger Databases", "Databases"),
    ("Machine Learning", "AI and Machine Learning"),
    ("Media Streaming", "Media"),
    ("Messaging", "Integration"),
    ("Mixed Reality", "Media"),
    ("Multicloud Integration", "Multicloud"),
    ("Natural Language Processing", "AI and Machine Learning"),
    ("Network Connectivity", "Networking"),
    ("Network Infrastructure", "Networking"),
    ("Network Routing", "Networking"),
    ("Network Security", "Networking"),
    ("NoSQL Databases", "Databases"),
    ("Object Storage", "Storage"),
    ("Observability", "Management and Governance"),
    ("Productivity and Collaboration", "Business Applications"),
    ("Quality Assurance", "Developer Tools"),
    ("Quantum Compute", "Compute"),
    ("Relational Databases", "Databases"),
    ("Resource Migration", "Migration"),
    ("Search", "Analytics"),
    ("Secret Management", "Security"),
    ("Security Posture Management", "Security"),
    ("Serverless Compute", "Compute"),
    ("Source Code Management", "Developer Tools"),
    ("Storage Platforms", "Storage"),
    ("Streaming Analytics", "Analytics"),
    ("Support", "Management and Governance"),
    ("Threat Detection and Response", "Security"),
    ("Time Series Databases", "Databases"),
    ("Virtual Machines", "Compute"),
    ("Workflow Orchestration", "Integration"),
];
