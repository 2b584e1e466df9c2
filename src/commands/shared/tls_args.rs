//! Options of every command that posts somewhere.

use std::path::PathBuf;

use clap::Args;

use crate::error::Error;
use crate::net::out::tls::TlsOptions;
use crate::store::settings::SetBy;

/// Options of trust for https.
#[derive(Args, Clone, Debug)]
pub(crate) struct TlsArgs {
    /// Trust the certificates in this PEM file too
    #[arg(long, add = SetBy::User, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Accept any certificate, for self-signed ones on your own machines
    #[arg(long, add = SetBy::User)]
    insecure: bool,
}

impl TlsArgs {
    pub(crate) fn options(&self) -> TlsOptions {
        TlsOptions { ca_file: self.ca_file.clone(), insecure: self.insecure }
    }

    /// Refuses a file that is named and cannot be used, whether or not https will be spoken.
    pub(crate) fn require_readable(&self) -> Result<(), Error> {
        Ok(self.options().check_ca_file()?)
    }

    /// The same options as words of a curl command.
    pub(crate) fn curl_words(&self) -> Vec<String> {
        let file = self.ca_file.iter().flat_map(|path| ["--cacert".to_owned(), path.display().to_string()]);
        file.chain(self.insecure.then(|| "--insecure".to_owned())).collect()
    }

    /// The same options as words of a command line.
    pub(crate) fn words(&self) -> Vec<String> {
        let file = self.ca_file.iter().flat_map(|path| ["--ca-file".to_owned(), path.display().to_string()]);
        file.chain(self.insecure.then(|| "--insecure".to_owned())).collect()
    }
}
