//! `veza-api create-admin EMAIL`: the first administrator. There is no way to become one over HTTP.

use anyhow::{Context, anyhow, bail};

use crate::identity::email::Email;
use crate::identity::password::{NewPassword, Passwords};
use crate::settings::Settings;
use crate::state;

/// Reads the password from the first line of standard input. An administrator that exists already is left as it is.
pub async fn run(settings: &Settings, email: &str, name: &str) -> anyhow::Result<()> {
    let email: Email = email.parse().map_err(|why| anyhow!("`{email}`: {why}"))?;
    let db = state::pool(&settings.postgres)?;
    let known = sqlx::query_scalar!("SELECT role FROM users WHERE email = $1", email.as_str())
        .fetch_optional(&db)
        .await
        .context("cannot ask the database; has `veza-api migrate` run?")?;
    match known.as_deref() {
        None => {}
        Some("admin") => {
            println!("this account is an administrator already; nothing has changed");
            return Ok(());
        }
        Some(role) => bail!("this account exists, as a {role}; choose another e-mail"),
    }
    let password =
        NewPassword::new(&line_of_stdin()?).map_err(|why| anyhow!("the password: {why}"))?;
    let hash = Passwords::new()?.hash(password).await?;
    sqlx::query!(
        "INSERT INTO users (email, password_hash, name, role) VALUES ($1, $2, $3, 'admin')",
        email.as_str(),
        hash,
        name
    )
    .execute(&db)
    .await
    .context("could not store the account")?;
    println!("created");
    Ok(())
}

fn line_of_stdin() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .context("could not read the password from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
