use super::sku_files::{FileTerms, is_csv, is_libcloud, parse_csv, parse_libcloud};
use super::*;

const DOCUMENT: &str = r#"
version = 1
currency = "USD"
[[sku]]
kind = "on_demand"
provider = "aws"
region = "us-east-1"
sku = "g5.xlarge"
price = "1.006"
[[sku]]
kind = "on_demand"
provider = "aws"
region = "us-east-1"
sku = "g5.xlarge"
price = "0.9"
from = 2026-06-01
[[sku]]
kind = "spot"
provider = "aws"
region = "us-east-1"
sku = "g5.xlarge"
price = 0.41
[[sku]]
kind = "commitment"
provider = "aws"
sku = "g5.xlarge"
term_months = 12
payment = "no_upfront"
price = 0.634
until = 2026-07-01
[[sku]]
kind = "storage"
provider = "gcp"
sku = "nearline"
price = "0.010"
"#;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn a_price_holds_until_a_later_one_of_the_same_begins() {
    let list = PriceList::parse(DOCUMENT).unwrap();
    let on = |on: &str, kind| {
        let price = list.sku_price(kind, "Amazon Web Services", "us-east-1", "g5.xlarge", day(on));
        price.map(|price| price.price.to_string())
    };
    assert_eq!(on("2026-05-31", SkuKind::OnDemand).as_deref(), Some("1.006"));
    assert_eq!(on("2026-06-01", SkuKind::OnDemand).as_deref(), Some("0.9"));
    assert_eq!(on("2026-06-30", SkuKind::Commitment).as_deref(), Some("0.634"));
    assert_eq!(on("2026-07-01", SkuKind::Commitment), None);
    assert_eq!(list.sku_price(SkuKind::OnDemand, "aws", "eu-west-1", "g5.xlarge", day("2026-06-01")), None);
    let storage = SkuQuery { kind: Some(SkuKind::Storage), ..SkuQuery::default() };
    assert_eq!(list.skus_of(&storage)[0].unit, "GB-month");
    assert_eq!(list.skus_of(&SkuQuery::default()).len(), 5);
    let all = SkuQuery { on: Some(day("2026-06-15")), ..SkuQuery::default() };
    assert_eq!(list.skus_of(&all).len(), 4);
}

#[test]
fn a_list_is_written_as_it_is_read() {
    let list = PriceList::parse(DOCUMENT).unwrap();
    assert_eq!(PriceList::parse(&list.prices_document()).unwrap(), list);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |table: &str| {
        let text = format!("version = 1\ncurrency = \"USD\"\n{table}");
        PriceList::parse(&text).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let table = |kind: &str, more: &str| format!("[[sku]]\nkind = \"{kind}\"\nprovider = \"aws\"\nsku = \"x\"\n{more}\n");
    assert!(refused(&table("commitment", "price = 1")).contains("term_months"));
    assert!(refused(&table("spot", "price = 1\nterm_months = 12")).contains("of commitments alone"));
    assert!(refused(&table("spot", "price = -1")).contains("cannot be a price"));
    assert!(refused(&table("spot", "price = 1").repeat(2)).contains("keep one"));
    assert!(refused(&table("spott", "price = 1")).contains("spott"));
}

#[test]
fn comma_separated_values_of_price_lists_are_read() {
    let terms =
        FileTerms { provider: Some("aws".to_owned()), region: Some("us-east-1".to_owned()), from: Some(day("2026-07-20")) };
    let text = "instance_type,region,os,ondemand,spot_avg,plan,effective_usd_per_hour\n\
                m6i.large,us-east-1,linux,0.096,0.031,yrTerm1Standard.noUpfront,0.0605\n\
                m6i.large,us-east-1,linux,0.096,0.031,yrTerm3Convertible.allUpfront,0.044\n\
                m6i.large,us-east-1,rhel,0.1248,,,\n";
    assert!(is_csv(text) && !is_csv("a,b\n1,2\n") && !is_libcloud(text));
    let read = parse_csv(text, &terms).unwrap();
    let told: Vec<String> =
        read.list.skus.iter().map(|p| format!("{} {} {} {:?}", p.kind, p.sku, p.price, p.term_months)).collect();
    let expected = [
        "on_demand m6i.large 0.096 None",
        "spot m6i.large 0.031 None",
        "commitment m6i.large 0.0605 Some(12)",
        "commitment m6i.large convertible 0.044 Some(36)",
        "on_demand m6i.large rhel 0.1248 None",
    ];
    assert_eq!((told.as_slice(), read.left_out), (expected.map(str::to_owned).as_slice(), 0));
    let storage = "storage_class,dimension,unit,usd_per_unit\nSTANDARD,storage,GB-month,0.023\nSTANDARD,GET,1k requests,0.0004\n";
    let read = parse_csv(storage, &terms).unwrap();
    assert_eq!((read.list.skus[0].unit.as_str(), read.list.skus[1].sku.as_str()), ("GB-month", "STANDARD GET"));
    assert!(parse_csv(text, &FileTerms::default()).unwrap_err().to_string().contains("--provider"));
    assert!(parse_csv("sku,spot\nx,cheap\n", &terms).unwrap_err().to_string().contains("row 2"));
}

#[test]
fn the_prices_of_libcloud_are_read() {
    let text = r#"{"compute": {
        "ec2_linux": {"g5.xlarge": {"us-east-1": 1.006, "eu-west-1": 0.0}},
        "azure_linux": {}, "ec2_windows": {"g5.xlarge": {"us-east-1": 1.19}},
        "gce_instances": {"c2": {"cpu": {"description": "core", "on_demand": {"us-central1": {"price": 0.033982, "sku": "x"}},
            "preemptible": {"us-central1": {"price": 0.008223}}, "1yr_commitment": {}, "3yr_commitment": {"us-central1": {"price": 0.013593}}}}}
    }, "storage": {}, "updated": 1740936978}"#;
    assert!(is_libcloud(text) && !is_csv(text));
    let read = parse_libcloud(text, None).unwrap();
    let told: Vec<String> = read.list.skus.iter().map(|p| format!("{} {} {} {}", p.kind, p.provider, p.sku, p.price)).collect();
    assert_eq!(
        told,
        [
            "on_demand aws g5.xlarge 1.006",
            "on_demand gcp c2 cpu 0.033982",
            "spot gcp c2 cpu 0.008223",
            "commitment gcp c2 cpu 0.013593"
        ]
    );
    assert_eq!(read.left_out, 1);
    assert_eq!(PriceList::parse(&read.list.prices_document()).unwrap(), read.list);
}

/// The files of real price lists that lie beside the project, where they do.
#[test]
#[allow(clippy::disallowed_methods)]
fn real_price_lists_are_read_to_the_last_row() {
    let Some(folder) = std::env::var_os("FARTHING_SHARED") else { return };
    let folder = std::path::Path::new(&folder).join("data/prices");
    let files = [
        ("aws/ec2_ondemand_us-east-1.csv", "aws", 1_367),
        ("azure/vm_ondemand.csv", "azure", 23_577),
        ("storage/s3_us-east-1_unit_prices.csv", "aws", 31),
    ];
    for (name, provider, rows) in files {
        let Ok(text) = std::fs::read_to_string(folder.join(name)) else { return };
        let terms = FileTerms { provider: Some(provider.to_owned()), ..FileTerms::default() };
        let read = parse_csv(&text, &terms).unwrap();
        assert_eq!((read.list.skus.len(), read.left_out), (rows, 0), "{name}");
        let written = read.list.prices_document();
        assert_eq!(PriceList::parse(&written).unwrap_or_else(|problems| panic!("{name}: {}", problems[0])), read.list);
    }
    let text = std::fs::read_to_string(folder.join("commitments/ec2_reserved_x2iedn.32xlarge_all_regions.csv")).unwrap();
    let terms = FileTerms { provider: Some("aws".to_owned()), ..FileTerms::default() };
    let read = parse_csv(&text, &terms).unwrap();
    let of = |kind| read.list.skus.iter().filter(|price| price.kind == kind).count();
    assert_eq!(of(SkuKind::Commitment), 3_108);
    assert!(PriceList::parse(&read.list.prices_document()).is_ok());
}
