//! `veza-api create-admin`

use std::io::Write;
use std::process::{Command, Output, Stdio};

use veza_standalone::testing::program;

use crate::support::{Api, PASSWORD};

fn create_admin(api: &Api, email: &str, password: &str) -> Output {
    let mut child = Command::new(program("veza-api"))
        .args(["create-admin", email])
        .envs(api.veza.env())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that refuses its arguments may end before it reads.
    let _ = writeln!(stdin, "{password}");
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_first_administrator_is_made_on_the_command_line() {
    let api = Api::start().await;
    assert!(
        create_admin(&api, "Root@Example.org", PASSWORD)
            .status
            .success()
    );
    let session = api.log_in("root@example.org").await;
    let token = session["access_token"].as_str().unwrap();
    assert_eq!(api.get("/api/v1/me", token).await.data()["role"], "admin");

    let again = create_admin(&api, "root@example.org", "another password");
    assert!(again.status.success(), "{again:?}");
    api.log_in("root@example.org").await;
}

#[tokio::test]
async fn a_bad_address_a_short_password_and_an_account_of_another_role_are_refused_in_a_line() {
    let api = Api::start().await;
    let person = api.user().await;
    let cases = [
        ("not-an-address", PASSWORD, "not-an-address"),
        ("root@example.org", "short", "8 to 256 characters"),
        (&*person.email, PASSWORD, "as a user"),
    ];
    for (email, password, why) in cases {
        let output = create_admin(&api, email, password);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.lines().next().unwrap_or_default().contains(why),
            "{said}"
        );
    }
}
