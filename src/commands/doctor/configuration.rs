//! Checks of what is configured: settings, secret, key, base URL, and the variables that SDKs are pointed with.

use url::Url;

use crate::commands::shared::context::Context;
use crate::engine::doctor::check::DoctorCheck;
use crate::store::DevelopmentSecret;
use crate::store::settings::{KeySources, Source};

/// Variables by which programs in the wild point an SDK elsewhere. None of the SDKs reads them by itself.
const SDK_VARIABLES: [&str; 3] = ["MAGIC_HOUR_API_BASE_URL", "MAGIC_HOUR_BASE_URL", "MAGIC_HOUR_API_URL"];

/// All checks of what is configured.
pub(super) fn configuration(context: &Context) -> Vec<DoctorCheck> {
    let checks = [settings(context), secret(context), key(context), base_url(context), sdk_variables(context)];
    checks.into_iter().chain(site_key(context)).collect()
}

fn settings(context: &Context) -> DoctorCheck {
    let places = context.settings.places();
    if places.is_empty() {
        let advice = "variables, .env, mh-hook.toml and the user's config.toml are read: `mh-hook help settings`";
        return DoctorCheck::absent("settings", "nothing is configured", advice);
    }
    DoctorCheck::good("settings", places.join(", "))
}

fn secret(context: &Context) -> DoctorCheck {
    const NAME: &str = "secret";
    const ADVICE: &str = "set MAGIC_HOUR_WEBHOOK_SECRET to the secret of your endpoint \
                          (https://magichour.ai/developer?tab=webhooks) to verify events of Magic Hour itself";
    if let Some(configured) = context.settings.webhook_secret() {
        if configured.value.expose().trim().is_empty() {
            return DoctorCheck::bad(NAME, format!("blank, from {}", configured.origin), "set it, or remove it");
        }
        return DoctorCheck::good(NAME, format!("{} from {}", configured.value.masked(), configured.origin));
    }
    let kept = context.directories.data().ok().and_then(|data| DevelopmentSecret::at(data).load().ok());
    let found = kept.map_or_else(
        || "none yet; a development secret is made when it is needed".to_owned(),
        |secret| format!("only the development secret, {}", secret.masked()),
    );
    DoctorCheck::absent(NAME, found, ADVICE)
}

fn key(context: &Context) -> DoctorCheck {
    const NAME: &str = "API key";
    if let Some(key) = context.settings.api_key() {
        if key.value.expose().trim().is_empty() {
            return DoctorCheck::bad(NAME, format!("blank, from {}", key.origin), "set it, or remove it");
        }
        return DoctorCheck::good(NAME, format!("{} from {}", key.value.masked(), key.origin));
    }
    match context.settings.official_cli_key() {
        Ok(Some(key)) => {
            DoctorCheck::good(NAME, format!("{} from {}, used with --live", key.value.masked(), key.origin))
        }
        Ok(None) => DoctorCheck::absent(NAME, "none", "only `e2e --live` needs one: https://magichour.ai/developer"),
        Err(error) => DoctorCheck::bad(NAME, error.to_string(), error.hint().unwrap_or_default()),
    }
}

fn base_url(context: &Context) -> DoctorCheck {
    const NAME: &str = "base URL";
    if let Err(error) = context.settings.api_access(KeySources::ConfiguredOrOfficialCli) {
        return DoctorCheck::bad(NAME, error.to_string(), error.hint().unwrap_or_default());
    }
    match context.settings.api_base_url() {
        Ok(url) if url.origin.source() == Source::Default => DoctorCheck::good(NAME, url.value.to_string()),
        Ok(url) => DoctorCheck::good(NAME, format!("{} from {}", url.value, url.origin)),
        Err(error) => DoctorCheck::bad(NAME, error.to_string(), error.hint().unwrap_or_default()),
    }
}

/// The key of an account at webhook.site, where there is one.
fn site_key(context: &Context) -> Option<DoctorCheck> {
    let key = context.settings.webhook_site_key()?;
    Some(DoctorCheck::good("webhook.site", format!("{} from {}", key.value.masked(), key.origin)))
}

/// A URL less the user and password that it may hold.
fn without_password(url: &str) -> String {
    let shown = Url::parse(url).ok().and_then(|mut url| {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        Some(url.to_string())
    });
    shown.unwrap_or_else(|| "(not a URL)".to_owned())
}

fn sdk_variables(context: &Context) -> DoctorCheck {
    const NAME: &str = "SDK variables";
    let set = SDK_VARIABLES.iter().filter_map(|name| Some((*name, context.environment.var(name)?)));
    let set: Vec<String> = set.map(|(name, value)| format!("{name}={}", without_password(value))).collect();
    if set.is_empty() {
        let advice =
            "the SDKs read no variable: give them `base_url` (Python), `baseUrl` (Node) or `with_environment` (Rust)";
        return DoctorCheck::absent(NAME, "none is set", advice);
    }
    DoctorCheck::good(NAME, set.join(", "))
}
