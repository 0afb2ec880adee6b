//! Who is in the demo.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use uuid::Uuid;

use super::site::{Session, Site};
use super::{ADMIN, PASSWORD};
use crate::services::Service;
use crate::status::Login;

/// Those whom the greeting names, besides the admin: role, e-mail.
pub const CREATOR: (&str, &str) = ("creator", "creator@demo.veza.local");
pub const SELLER: (&str, &str) = ("seller", "seller@demo.veza.local");
pub const BUYER: (&str, &str) = ("buyer", "buyer@demo.veza.local");

/// E-mail and name of each creator; the names are the artists of `catalog`.
const CREATORS: [(&str, &str); 5] = [
    (CREATOR.1, "Ines Caldeira"),
    (SELLER.1, "Tomasz Wren"),
    ("lowtide@demo.veza.local", "Low Tide Assembly"),
    ("kestrel@demo.veza.local", "Kestrel Park"),
    ("yumi@demo.veza.local", "Yumi Arai"),
];

/// A creator who is logged in.
pub struct CreatorSession<'a> {
    pub id: u64,
    pub name: &'static str,
    pub session: Session<'a>,
}

/// Makes the first admin, which only the service's own command can.
pub async fn make_admin(api: &Service) -> anyhow::Result<()> {
    let mut command = Command::new(&api.program);
    command
        .args(["create-admin", ADMIN])
        .envs(&api.settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().context("cannot start veza-api")?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(PASSWORD.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!(
                "{ADMIN} cannot be made: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(())
    })
    .await?
}

/// The buyer's account, which is made unless it is there.
pub async fn buyer(site: &Site) -> anyhow::Result<Uuid> {
    let session = site.sign_up(BUYER.1, PASSWORD, "Noor Haddad").await?;
    session.account().await
}

/// Makes the other accounts; gives the creators.
pub async fn make_accounts(site: &Site) -> anyhow::Result<Vec<CreatorSession<'_>>> {
    buyer(site).await?;
    let mut creators = Vec::new();
    for (email, name) in CREATORS {
        let mut session = site.sign_up(email, PASSWORD, name).await?;
        let id = session.become_creator(name).await?;
        creators.push(CreatorSession { id, name, session });
    }
    Ok(creators)
}

/// Whom one can log in as.
pub fn logins() -> Vec<Login> {
    [("admin", ADMIN), CREATOR, SELLER, BUYER]
        .map(|(role, email)| Login {
            role: role.into(),
            email: email.into(),
            password: PASSWORD.into(),
        })
        .into()
}
