//! Settings and where they come from: flag, then environment, then project file, then user file, then default.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use chrono::TimeDelta;
use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use farthing_api::{ApiSettings, Front, IpNet, Limits};
use farthing_application::{
    AuditKeyError, AuditSettings, BucketAccess, ClientSecret, MaskingKey, OpenIdRule, OpenIdSettings, Patience, QueryLimits,
    ReceiverSettings, Secrets, Settings, Signal,
};
use farthing_types::SourceName;
use serde::{Deserialize, Serialize};

use crate::cli::Cli;
use crate::decode;
use crate::exit::UsageError;

/// What a configuration file may say. A key that is not here is a mistake.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    actor: Option<String>,
    home: Option<String>,
    database_url: Option<String>,
    listen: Option<String>,
    query_memory_mib: Option<u64>,
    query_seconds: Option<u64>,
    query_disk_mib: Option<u64>,
    query_rows: Option<u64>,
    decode_memory_mib: Option<u64>,
    decode_seconds: Option<u64>,
    decode_output_mib: Option<u64>,
    s3_endpoint: Option<String>,
    s3_region: Option<String>,
    s3_access_key_id: Option<String>,
    s3_secret_access_key: Option<String>,
    s3_session_token: Option<String>,
    s3_anonymous: Option<bool>,
    s3_allow_http: Option<bool>,
    s3_fetch_mib: Option<u64>,
    masking_key: Option<String>,
    audit_key: Option<String>,
    audit_folder: Option<String>,
    audit_bucket: Option<String>,
    audit_public_keys: Option<String>,
    openid_issuer: Option<String>,
    openid_client_id: Option<String>,
    openid_redirect_url: Option<String>,
    openid_logout_url: Option<String>,
    openid_scopes: Option<String>,
    openid_name_claim: Option<String>,
    openid_groups_claim: Option<String>,
    openid_audience: Option<String>,
    openid_service_claim: Option<String>,
    openid_algorithms: Option<String>,
    openid_label: Option<String>,
    #[serde(default)]
    openid_rules: Vec<OpenIdRule>,
    collect_attempts: Option<u64>,
    collect_pause_ms: Option<u64>,
    requests_per_minute: Option<u64>,
    requests_per_day: Option<u64>,
    unknown_per_minute: Option<u64>,
    local_per_minute: Option<u64>,
    require_if_match: Option<bool>,
    trusted_proxies: Option<String>,
    forwarded_header: Option<String>,
    otlp: Option<bool>,
    otlp_source: Option<String>,
    otlp_usage: Option<String>,
    otlp_body_mib: Option<u64>,
    otlp_queue_mib: Option<u64>,
    otlp_spool_mib: Option<u64>,
    otlp_publish_seconds: Option<u64>,
    otlp_late_days: Option<u64>,
}

/// One setting.
#[derive(Clone, Debug, Serialize)]
pub struct Setting {
    /// Its value; secrets are not shown.
    pub value: String,
    /// Who set it.
    pub origin: String,
}

/// The configuration in force.
#[derive(Debug)]
pub struct Config {
    settings: BTreeMap<&'static str, Setting>,
    /// Values that are never shown, by the name of their setting.
    secrets: BTreeMap<&'static str, String>,
}

/// A setting that is known under the names of AWS's own tools as well.
struct OfAws {
    name: &'static str,
    variables: &'static [&'static str],
    of_file: fn(&File) -> Option<String>,
}

const OF_AWS: [OfAws; 7] = [
    OfAws {
        name: "s3_endpoint",
        variables: &["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
        of_file: |file| file.s3_endpoint.clone(),
    },
    OfAws { name: "s3_region", variables: &["AWS_REGION", "AWS_DEFAULT_REGION"], of_file: |file| file.s3_region.clone() },
    OfAws { name: "s3_access_key_id", variables: &["AWS_ACCESS_KEY_ID"], of_file: |file| file.s3_access_key_id.clone() },
    OfAws {
        name: "s3_secret_access_key",
        variables: &["AWS_SECRET_ACCESS_KEY"],
        of_file: |file| file.s3_secret_access_key.clone(),
    },
    OfAws { name: "s3_session_token", variables: &["AWS_SESSION_TOKEN"], of_file: |file| file.s3_session_token.clone() },
    OfAws { name: "s3_anonymous", variables: &["AWS_SKIP_SIGNATURE"], of_file: |file| file.s3_anonymous.map(|b| b.to_string()) },
    OfAws { name: "s3_allow_http", variables: &["AWS_ALLOW_HTTP"], of_file: |file| file.s3_allow_http.map(|b| b.to_string()) },
];

/// The settings whose values are never shown.
const SECRETS: [&str; 7] = [
    "audit_key",
    "database_url",
    "masking_key",
    "openid_client_secret",
    "s3_access_key_id",
    "s3_secret_access_key",
    "s3_session_token",
];

/// How tokens may be signed: with a private key of the provider's.
const OPENID_ALGORITHMS: &str = "RS256 PS256 ES256 ES384 EdDSA";

/// The most requests that a limit of the API may let through: a nanosecond each in the shortest window.
const MOST_REQUESTS: u64 = 60_000_000_000;

/// The origin of what nobody set.
const DEFAULT: &str = "default";
const DEFAULT_LISTEN: &str = "127.0.0.1:7777";

impl Config {
    /// Puts the configuration together.
    pub fn load(cli: &Cli) -> anyhow::Result<Self> {
        let strategy = AppStrategyArgs { top_level_domain: "dev".into(), author: "farthing".into(), app_name: "farthing".into() };
        let folders = choose_app_strategy(strategy)?;
        let data = Utf8PathBuf::from_path_buf(folders.data_dir()).map_err(|path| anyhow::anyhow!("{path:?} is not UTF-8"))?;
        let files = match &cli.config {
            Some(path) => vec![(path.clone(), true)],
            None => {
                let user = Utf8PathBuf::from_path_buf(folders.config_dir().join("config.toml")).unwrap_or_default();
                vec![(Utf8PathBuf::from("farthing.toml"), false), (user, false)]
            }
        };
        let files = files.iter().filter_map(|(path, must)| read(path, *must).transpose()).collect::<anyhow::Result<Vec<_>>>()?;
        let mut config = Self { settings: BTreeMap::new(), secrets: BTreeMap::new() };
        config.set("home", cli.home.as_ref().map(ToString::to_string), &files, |file| file.home.clone(), data.as_str())?;
        config.set("actor", None, &files, |file| file.actor.clone(), "command line")?;
        config.set("listen", None, &files, |file| file.listen.clone(), DEFAULT_LISTEN)?;
        config.set("query_memory_mib", None, &files, |file| file.query_memory_mib.map(|n| n.to_string()), "512")?;
        config.set("query_seconds", None, &files, |file| file.query_seconds.map(|n| n.to_string()), "300")?;
        config.set("query_disk_mib", None, &files, |file| file.query_disk_mib.map(|n| n.to_string()), "10240")?;
        config.set("query_rows", None, &files, |file| file.query_rows.map(|n| n.to_string()), "100000000")?;
        config.set("decode_memory_mib", None, &files, |file| file.decode_memory_mib.map(|n| n.to_string()), "2048")?;
        config.set("decode_seconds", None, &files, |file| file.decode_seconds.map(|n| n.to_string()), "7200")?;
        config.set("decode_output_mib", None, &files, |file| file.decode_output_mib.map(|n| n.to_string()), "16384")?;
        config.set("database_url", None, &files, |file| file.database_url.clone(), "")?;
        config.set("s3_fetch_mib", None, &files, |file| file.s3_fetch_mib.map(|n| n.to_string()), "65536")?;
        config.set("collect_attempts", None, &files, |file| file.collect_attempts.map(|n| n.to_string()), "6")?;
        config.set("collect_pause_ms", None, &files, |file| file.collect_pause_ms.map(|n| n.to_string()), "1000")?;
        config.set("requests_per_minute", None, &files, |file| file.requests_per_minute.map(|n| n.to_string()), "6000")?;
        config.set("requests_per_day", None, &files, |file| file.requests_per_day.map(|n| n.to_string()), "1000000")?;
        config.set("unknown_per_minute", None, &files, |file| file.unknown_per_minute.map(|n| n.to_string()), "1200")?;
        config.set("local_per_minute", None, &files, |file| file.local_per_minute.map(|n| n.to_string()), "1200000")?;
        config.set("require_if_match", None, &files, |file| file.require_if_match.map(|on| on.to_string()), "false")?;
        config.set("trusted_proxies", None, &files, |file| file.trusted_proxies.clone(), "")?;
        config.set("forwarded_header", None, &files, |file| file.forwarded_header.clone(), "x-forwarded-for")?;
        config.set("otlp", None, &files, |file| file.otlp.map(|on| on.to_string()), "true")?;
        config.set("otlp_source", None, &files, |file| file.otlp_source.clone(), "otlp")?;
        config.set("otlp_usage", None, &files, |file| file.otlp_usage.clone(), "traces")?;
        config.set("otlp_body_mib", None, &files, |file| file.otlp_body_mib.map(|n| n.to_string()), "16")?;
        config.set("otlp_queue_mib", None, &files, |file| file.otlp_queue_mib.map(|n| n.to_string()), "64")?;
        config.set("otlp_spool_mib", None, &files, |file| file.otlp_spool_mib.map(|n| n.to_string()), "4096")?;
        config.set("otlp_publish_seconds", None, &files, |file| file.otlp_publish_seconds.map(|n| n.to_string()), "300")?;
        config.set("otlp_late_days", None, &files, |file| file.otlp_late_days.map(|n| n.to_string()), "45")?;
        config.set("masking_key", None, &files, |file| file.masking_key.clone(), "")?;
        config.set("audit_key", None, &files, |file| file.audit_key.clone(), "")?;
        config.set("audit_bucket", None, &files, |file| file.audit_bucket.clone(), "")?;
        config.set("audit_folder", None, &files, |file| file.audit_folder.clone(), "")?;
        config.set("audit_public_keys", None, &files, |file| file.audit_public_keys.clone(), "")?;
        config.set("openid_issuer", None, &files, |file| file.openid_issuer.clone(), "")?;
        config.set("openid_client_id", None, &files, |file| file.openid_client_id.clone(), "")?;
        // A file of settings is read by more people than a secret is for.
        config.set("openid_client_secret", None, &files, |_| None, "")?;
        config.set("openid_redirect_url", None, &files, |file| file.openid_redirect_url.clone(), "")?;
        config.set("openid_logout_url", None, &files, |file| file.openid_logout_url.clone(), "")?;
        config.set("openid_scopes", None, &files, |file| file.openid_scopes.clone(), "openid profile email")?;
        config.set("openid_name_claim", None, &files, |file| file.openid_name_claim.clone(), "preferred_username")?;
        config.set("openid_groups_claim", None, &files, |file| file.openid_groups_claim.clone(), "groups")?;
        config.set("openid_audience", None, &files, |file| file.openid_audience.clone(), "")?;
        config.set("openid_service_claim", None, &files, |file| file.openid_service_claim.clone(), "client_id")?;
        config.set("openid_algorithms", None, &files, |file| file.openid_algorithms.clone(), OPENID_ALGORITHMS)?;
        config.set("openid_label", None, &files, |file| file.openid_label.clone(), "")?;
        config.set("openid_rules", None, &files, openid_rules, "[]")?;
        for OfAws { name, variables, of_file } in &OF_AWS {
            config.set_of(name, None, variables, &files, of_file, "")?;
        }
        config.hide_secrets();
        Ok(config)
    }

    fn set(
        &mut self,
        name: &'static str,
        flag: Option<String>,
        files: &[(Utf8PathBuf, File)],
        of_file: impl Fn(&File) -> Option<String>,
        default: &str,
    ) -> anyhow::Result<()> {
        self.set_of(name, flag, &[], files, of_file, default)
    }

    /// The same with names in the environment that others gave it; ours comes before them.
    fn set_of(
        &mut self,
        name: &'static str,
        flag: Option<String>,
        variables: &[&str],
        files: &[(Utf8PathBuf, File)],
        of_file: impl Fn(&File) -> Option<String>,
        default: &str,
    ) -> anyhow::Result<()> {
        let ours = format!("FARTHING_{}", name.to_uppercase());
        let mut variables = std::iter::once(ours.as_str()).chain(variables.iter().copied());
        let found = variables.find_map(|variable| environment(variable).transpose()).transpose()?;
        let (value, origin) = if let Some(value) = flag {
            (value, format!("flag --{name}"))
        } else if let Some((value, variable)) = found {
            (value, format!("environment {variable}"))
        } else if let Some((path, value)) = files.iter().find_map(|(path, file)| of_file(file).map(|value| (path, value))) {
            (value, format!("file {path}"))
        } else {
            (default.to_owned(), DEFAULT.to_owned())
        };
        self.settings.insert(name, Setting { value, origin });
        Ok(())
    }

    fn hide_secrets(&mut self) {
        for name in SECRETS {
            let setting = self.settings.get_mut(name).expect("every secret is a setting");
            if !setting.value.is_empty() {
                let hidden = "(set, not shown)".to_owned();
                self.secrets.insert(name, std::mem::replace(&mut setting.value, hidden));
            }
        }
        let url = self.settings.get_mut("database_url").expect("it is a setting");
        if url.value.is_empty() {
            url.value = "(SQLite in the home)".to_owned();
        }
    }

    /// Every setting by name.
    pub fn settings(&self) -> &BTreeMap<&'static str, Setting> {
        &self.settings
    }

    /// Who is noted as the author of what is published, closed or decided.
    pub fn actor(&self) -> &str {
        &self.settings["actor"].value
    }

    /// The same, where somebody set it.
    pub fn named_actor(&self) -> Option<&str> {
        let Setting { value, origin } = &self.settings["actor"];
        (origin != DEFAULT).then_some(value)
    }

    fn number(&self, name: &str) -> anyhow::Result<u64> {
        let setting = &self.settings[name];
        let number = setting.value.parse::<u64>().ok().filter(|number| *number > 0);
        number
            .ok_or_else(|| UsageError(format!("{name} = {:?} ({}) is no positive number", setting.value, setting.origin)).into())
    }

    /// What the application needs to open.
    pub fn application(&self) -> anyhow::Result<Settings> {
        let query = QueryLimits {
            memory_mib: usize::try_from(self.number("query_memory_mib")?)?,
            disk_mib: usize::try_from(self.number("query_disk_mib")?)?,
            time: Duration::from_secs(self.number("query_seconds")?),
            rows: self.number("query_rows")?,
            ..QueryLimits::default()
        };
        let home = Utf8PathBuf::from(&self.settings["home"].value);
        let (database_url, buckets) = (self.secrets.get("database_url").cloned(), self.buckets()?);
        let masking_key = self.secrets.get("masking_key").map(MaskingKey::new).transpose();
        let masking_key = masking_key.map_err(|error| UsageError(error.to_string()))?;
        let secrets = Secrets(|name| Ok(environment(name).map_err(|error| error.to_string())?.map(|(value, _)| value)));
        let (patience, actor, audit) = (self.patience()?, self.actor().to_owned(), self.audit()?);
        let openid = self.openid()?;
        Ok(Settings { home, database_url, query, buckets, masking_key, secrets, patience, actor, audit, openid })
    }

    /// The provider that vouches for people; none where no issuer is named.
    fn openid(&self) -> anyhow::Result<Option<OpenIdSettings>> {
        let text = |name: &str| self.settings[name].value.clone();
        let given = |name: &str| Some(text(name)).filter(|value| !value.is_empty());
        let words =
            |name: &str| text(name).split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let wrong = |name: &str, why: String| UsageError(format!("{name} ({}): {why}", self.settings[name].origin));
        let Some(issuer) = given("openid_issuer") else {
            let orphan = ["openid_client_id", "openid_redirect_url"].into_iter().find(|name| given(name).is_some());
            // Whoever means to have a provider and has none would be served without a login.
            return orphan.map_or(Ok(None), |name| {
                Err(wrong(name, "there is no openid_issuer beside it: name the provider, or leave both out".to_owned()).into())
            });
        };
        let algorithms = words("openid_algorithms").iter().map(|word| word.parse()).collect::<Result<Vec<_>, _>>();
        let rules = serde_json::from_str(&text("openid_rules"));
        // Whoever has given it no name is shown where it is.
        let host = issuer.split("://").last().and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned();
        Ok(Some(OpenIdSettings {
            client_id: text("openid_client_id"),
            client_secret: self.secrets.get("openid_client_secret").map(ClientSecret::new),
            redirect_url: text("openid_redirect_url"),
            logout_url: given("openid_logout_url"),
            scopes: words("openid_scopes"),
            name_claim: text("openid_name_claim"),
            groups_claim: text("openid_groups_claim"),
            audience: given("openid_audience"),
            service_claim: text("openid_service_claim"),
            algorithms: algorithms.map_err(|why| wrong("openid_algorithms", why))?,
            label: given("openid_label").unwrap_or(host),
            rules: rules.map_err(|error| wrong("openid_rules", error.to_string()))?,
            issuer,
        }))
    }

    /// How the record of changes is signed.
    fn audit(&self) -> anyhow::Result<AuditSettings> {
        let Setting { value, origin } = &self.settings["audit_public_keys"];
        let keys = value.split([',', ' ']).filter(|key| !key.is_empty()).map(str::parse).collect::<Result<_, AuditKeyError>>();
        let trusted = keys.map_err(|error| UsageError(format!("audit_public_keys ({origin}): {error}")))?;
        let folder = Some(&self.settings["audit_folder"].value).filter(|folder| !folder.is_empty()).map(Utf8PathBuf::from);
        let bucket = Some(self.settings["audit_bucket"].value.clone()).filter(|bucket| !bucket.is_empty());
        Ok(AuditSettings { key: self.secrets.get("audit_key").cloned(), folder, bucket, trusted })
    }

    fn buckets(&self) -> anyhow::Result<BucketAccess> {
        let value = |name: &str| Some(self.settings[name].value.clone()).filter(|value| !value.is_empty());
        let secret = |name: &str| self.secrets.get(name).cloned();
        let identity = |name: &&str| Ok(environment(name)?.map(|(value, _)| ((*name).to_owned(), value)));
        let identity = BucketAccess::WORKLOAD_IDENTITY.iter().filter_map(|name| identity(name).transpose());
        Ok(BucketAccess {
            endpoint: value("s3_endpoint"),
            region: value("s3_region"),
            access_key_id: secret("s3_access_key_id"),
            secret_access_key: secret("s3_secret_access_key"),
            session_token: secret("s3_session_token"),
            anonymous: self.truth("s3_anonymous")?,
            allow_http: self.truth("s3_allow_http")?,
            workload_identity: identity.collect::<anyhow::Result<_>>()?,
            most_bytes: self.number("s3_fetch_mib")?.saturating_mul(1 << 20),
        })
    }

    /// How often and with what pauses a service is asked that refuses for the moment.
    fn patience(&self) -> anyhow::Result<Patience> {
        let attempts = u32::try_from(self.number("collect_attempts")?)?;
        let first_pause = Duration::from_millis(self.number("collect_pause_ms")?);
        Ok(Patience { attempts, first_pause, ..Patience::default() })
    }

    fn truth(&self, name: &str) -> anyhow::Result<bool> {
        let Setting { value, origin } = &self.settings[name];
        match value.to_ascii_lowercase().as_str() {
            "" | "false" | "0" => Ok(false),
            "true" | "1" => Ok(true),
            _ => Err(UsageError(format!("{name} = {value:?} ({origin}) is neither true nor false")).into()),
        }
    }

    /// What a process that decodes untrusted files may use.
    pub fn decoding(&self) -> anyhow::Result<decode::Limits> {
        Ok(decode::Limits {
            memory_mib: self.number("decode_memory_mib")?,
            seconds: self.number("decode_seconds")?,
            output_mib: self.number("decode_output_mib")?,
        })
    }

    /// How spans are received; none where they are not.
    pub fn receiver(&self) -> anyhow::Result<Option<ReceiverSettings>> {
        if !self.truth("otlp")? {
            return Ok(None);
        }
        let Setting { value, origin } = &self.settings["otlp_source"];
        let source =
            value.parse::<SourceName>().map_err(|error| UsageError(format!("otlp_source = {value:?} ({origin}): {error}")))?;
        let Setting { value, origin } = &self.settings["otlp_usage"];
        let usage_from = match value.as_str() {
            "traces" => Signal::Traces,
            "metrics" => Signal::Metrics,
            _ => return Err(UsageError(format!("otlp_usage = {value:?} ({origin}): it is traces or metrics")).into()),
        };
        let bytes = |name: &str| Ok::<u64, anyhow::Error>(self.number(name)?.saturating_mul(1 << 20));
        let days = self.number("otlp_late_days")?;
        let late = i64::try_from(days).ok().filter(|days| *days <= 3650).and_then(TimeDelta::try_days);
        let late = late.ok_or_else(|| UsageError(format!("otlp_late_days = {days}: at most 3650 days")))?;
        let settings = ReceiverSettings {
            source,
            usage_from,
            body_bytes: bytes("otlp_body_mib")?,
            queue_bytes: bytes("otlp_queue_mib")?,
            spool_bytes: bytes("otlp_spool_mib")?,
            publish_every: Duration::from_secs(self.number("otlp_publish_seconds")?),
            late,
        };
        if settings.body_bytes > settings.queue_bytes {
            let why = "otlp_body_mib is larger than otlp_queue_mib, so that no large body would ever find room";
            return Err(UsageError(why.to_owned()).into());
        }
        Ok(Some(settings))
    }

    /// How often somebody may ask the API, and what a request that changes something has to say.
    pub fn api(&self) -> anyhow::Result<ApiSettings> {
        let limit = |name: &str| {
            let number = self.number(name)?;
            if number > MOST_REQUESTS {
                return Err(UsageError(format!("{name} = {number}: at most {MOST_REQUESTS}")).into());
            }
            Ok::<u64, anyhow::Error>(number)
        };
        let limits = Limits {
            per_minute: limit("requests_per_minute")?,
            per_day: limit("requests_per_day")?,
            unknown_per_minute: limit("unknown_per_minute")?,
            local_per_minute: limit("local_per_minute")?,
        };
        Ok(ApiSettings { limits, require_if_match: self.truth("require_if_match")? })
    }

    /// What stands in front of the API: proxies, and whether people come over https.
    pub fn front(&self) -> anyhow::Result<Front> {
        let wrong = |name: &str, why: String| UsageError(format!("{name} ({}): {why}", self.settings[name].origin));
        let network = |text: &str| {
            let one = || text.parse::<IpAddr>().map(IpNet::from);
            let why = || format!("{text:?} is neither an address nor a network: write 10.1.2.3 or 10.1.0.0/16");
            text.parse::<IpNet>().or_else(|_| one()).map_err(|_| wrong("trusted_proxies", why()))
        };
        let proxies = self.settings["trusted_proxies"].value.split([',', ' ']).filter(|text| !text.is_empty());
        let said_in = self.settings["forwarded_header"].value.parse().map_err(|why| wrong("forwarded_header", why))?;
        let is_https = self.settings["openid_redirect_url"].value.starts_with("https://");
        Ok(Front { proxies: proxies.map(network).collect::<Result<_, UsageError>>()?, said_in, is_https })
    }

    /// The address to serve on.
    pub fn listen(&self, flag: Option<&str>) -> String {
        flag.unwrap_or(&self.settings["listen"].value).to_owned()
    }
}

/// Who is given what, as the text that the environment holds it in as well: JSON.
fn openid_rules(file: &File) -> Option<String> {
    let rules = Some(&file.openid_rules).filter(|rules| !rules.is_empty())?;
    Some(serde_json::to_string(rules).expect("rules are JSON"))
}

fn read(path: &Utf8Path, must_exist: bool) -> anyhow::Result<Option<(Utf8PathBuf, File)>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => return Ok(None),
        Err(error) => return Err(anyhow::anyhow!("{path}: {error}")),
    };
    let file = toml::from_str(&text).map_err(|error| UsageError(format!("{path}: {error}")))?;
    Ok(Some((path.to_owned(), file)))
}

/// `NAME`, or the content of the file that `NAME_FILE` names, as secrets are handed over.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
fn environment(name: &str) -> anyhow::Result<Option<(String, String)>> {
    if let Ok(value) = std::env::var(name) {
        return Ok(Some((value, name.to_owned())));
    }
    let file = format!("{name}_FILE");
    let Ok(path) = std::env::var(&file) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|error| anyhow::anyhow!("{file}: {path}: {error}"))?;
    Ok(Some((text.trim_end().to_owned(), file)))
}
