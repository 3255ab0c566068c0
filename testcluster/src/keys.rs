//! The certificates of a cluster: made anew each time, and gone with it.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};

/// A certification authority, with a folder for what it signs.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: PathBuf,
    /// Its certificate's file.
    pub certificate: PathBuf,
}

/// A certificate and its key, as files.
pub(crate) struct Pair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    /// Makes an authority.
    pub fn new(folder: &Path, name: &str) -> Result<Authority, String> {
        let mut params = CertificateParams::new(Vec::new()).map_err(text)?;
        params.distinguished_name = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().map_err(text)?;
        let certificate = folder.join(format!("{name}.crt"));
        let own = params.self_signed(&key).map_err(text)?;
        fs::write(&certificate, own.pem()).map_err(text)?;
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).map_err(text)?;
        Ok(Authority { issuer: Issuer::new(params, key), folder: folder.to_owned(), certificate })
    }

    /// The file of the authority's own key: the controller manager signs with it.
    pub fn key(&self) -> PathBuf {
        self.certificate.with_extension("key")
    }

    /// Signs a certificate for a client: a user of these groups.
    pub fn client(&self, file: &str, user: &str, groups: &[&str]) -> Result<Pair, String> {
        let mut params = CertificateParams::new(Vec::new()).map_err(text)?;
        params.distinguished_name = named(user, groups);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(file, params)
    }

    /// Signs a certificate for a server of these names and addresses.
    pub fn server(&self, file: &str, names: &[&str]) -> Result<Pair, String> {
        self.sign(file, server_params(names)?)
    }

    /// The same, of a certificate that has run out.
    pub fn expired(&self, file: &str, names: &[&str]) -> Result<Pair, String> {
        let mut params = server_params(names)?;
        params.not_before = rcgen::date_time_ymd(2021, 1, 1);
        params.not_after = rcgen::date_time_ymd(2022, 1, 1);
        self.sign(file, params)
    }

    fn sign(&self, file: &str, params: CertificateParams) -> Result<Pair, String> {
        let key = KeyPair::generate().map_err(text)?;
        let signed = params.signed_by(&key, &self.issuer).map_err(text)?;
        let pair = Pair {
            certificate: self.folder.join(format!("{file}.crt")),
            key: self.folder.join(format!("{file}.key")),
        };
        fs::write(&pair.certificate, signed.pem()).map_err(text)?;
        fs::write(&pair.key, key.serialize_pem()).map_err(text)?;
        Ok(pair)
    }
}

/// Makes the key that service accounts' tokens are signed with: a private and a public file.
pub(crate) fn service_account_key(folder: &Path) -> Result<(), String> {
    let key = KeyPair::generate().map_err(text)?;
    fs::write(folder.join("service-account.key"), key.serialize_pem()).map_err(text)?;
    fs::write(folder.join("service-account.pub"), key.public_key_pem()).map_err(text)
}

fn server_params(names: &[&str]) -> Result<CertificateParams, String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names.clone()).map_err(text)?;
    params.distinguished_name = named(names.first().map_or("server", String::as_str), &[]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn named(name: &str, groups: &[&str]) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    for group in groups {
        distinguished.push(DnType::OrganizationName, *group);
    }
    distinguished
}

fn text(error: impl std::fmt::Display) -> String {
    format!("certificates of the cluster: {error}")
}
