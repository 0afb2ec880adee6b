//! `veza run`: whatever is killed comes back, nothing acknowledged is lost, nothing outlives it.

mod support;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nix::sys::signal::Signal;
use serde_json::json;
use support::{Place, Run, soon};
use veza_standalone::status::State;

const SERVICES: [&str; 8] = [
    "kafka",
    "warehouse",
    "postgres",
    "objects",
    "prometheus",
    "ingest",
    "aggregator",
    "api",
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_comes_back_and_nothing_acknowledged_is_lost() {
    let place = Place::new();
    let run = place.run().await;
    let acknowledged = AtomicU64::new(0);
    let done = AtomicBool::new(false);
    let reporting = async {
        while !done.load(Ordering::Relaxed) {
            report_one(&run, &acknowledged).await;
        }
    };
    let killing = async {
        for service in SERVICES {
            kill_and_wait(&run, service).await;
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(reporting, killing);
    let expected = acknowledged.load(Ordering::Relaxed);
    assert!(expected > 0);
    soon(|| all_stored(&run, expected)).await;

    // Now the supervisor itself.
    let children = run.pids();
    run.process.kill().await;
    soon(|| async { children.iter().all(|pid| !is_alive(*pid)) }).await;
    drop(run);
    let run = place.run().await;
    soon(|| all_stored(&run, expected)).await;
    report_one(&run, &acknowledged).await;
    soon(|| all_stored(&run, acknowledged.load(Ordering::Relaxed))).await;

    // And in good order.
    let children = run.pids();
    assert!(run.process.terminate().await.success());
    assert!(
        children.iter().all(|pid| !is_alive(*pid)),
        "all ended before it did"
    );
    assert!(!place.home.status_file().exists());
}

async fn report_one(run: &Run<'_>, acknowledged: &AtomicU64) {
    let play = json!({
        "play_id": uuid::Uuid::new_v4(), "track_id": uuid::Uuid::new_v4(),
        "started_at": jiff::Timestamp::now(), "sent_at": jiff::Timestamp::now(), "heard_ms": 0,
    });
    // 503 while Kafka or ingest is away: nothing was promised.
    match run.report(&play).await {
        Ok(answer) if answer.status() == 202 => {
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        _ => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
    }
}

async fn kill_and_wait(run: &Run<'_>, service: &str) {
    let Some(pid) = run.pid(service) else {
        assert_eq!(service, "prometheus", "only Prometheus may be missing");
        return;
    };
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), Signal::SIGKILL)
        .expect("it ran");
    soon(|| async {
        let status = run.status();
        let service = status.service(service).ok_or("gone")?;
        match service.state {
            State::Ready if service.pid != Some(pid) => Ok(()),
            _ => Err(service.to_string()),
        }
    })
    .await;
}

/// At least as many plays as were acknowledged: an answer may have been lost on its way.
async fn all_stored(run: &Run<'_>, acknowledged: u64) -> Result<(), String> {
    let plays = run
        .count("SELECT uniqExact(play_id) FROM veza.plays")
        .await?;
    if plays >= acknowledged {
        return Ok(());
    }
    Err(format!("{plays} plays of {acknowledged} acknowledged"))
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    // The state follows the name in parentheses; a zombie has ended.
    stat.is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim_start()
            .starts_with('Z')
    })
}

#[tokio::test]
async fn a_second_run_is_refused_and_status_is_the_place_to_look() {
    let place = Place::new();
    let output = place.veza(&["status"]).await;
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("nothing runs on"),
        "{}",
        text(&output.stderr)
    );

    let _run = place.run().await;
    let output = place.veza(&["run"]).await;
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("already runs") && said.lines().count() == 1,
        "{said}"
    );

    let output = place.veza(&["status", "--json"]).await;
    assert!(output.status.success());
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let services = status["services"].as_array().expect("services");
    let names: Vec<_> = services
        .iter()
        .map(|service| service["name"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(names, SERVICES);
    for service in services {
        assert!(
            service["url"].is_string() && service["detail"].is_string(),
            "{service}"
        );
        let installed = service["state"] != "unavailable";
        assert_eq!(service["pid"].is_u64(), installed, "{service}");
        assert!(!installed || service["state"] == "ready", "{service}");
    }
    assert_eq!(status["logins"], json!([]), "no demo, no logins");
    let data = status["data_dir"].as_str().expect("a folder");
    assert_eq!(Path::new(data), place.home.data());
}

#[tokio::test]
async fn a_port_in_use_is_named_with_the_variable_that_changes_it() {
    let place = Place::new();
    let port = place.port("VEZA_PORT_INGEST");
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).expect("our own port");
    let output = place.veza(&["run"]).await;
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    let wanted = [
        format!("port {port} is in use"),
        "ingest".into(),
        "VEZA_PORT_INGEST=".into(),
    ];
    assert!(wanted.iter().all(|part| said.contains(part)), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[tokio::test]
async fn a_misspelt_port_is_refused() {
    let place = Place::new();
    let output = place
        .veza_with(&["run"], &[("VEZA_PORT_API", "9000")])
        .await;
    let said = text(&output.stderr);
    assert!(
        said.contains("VEZA_PORT_API is not a setting") && said.contains("VEZA_PORT_WEB"),
        "{said}"
    );
}

#[tokio::test]
async fn missing_java_is_named_with_what_installs_it() {
    let place = Place::new();
    let output = place.veza_with(&["run"], &[("PATH", "/nonexistent")]).await;
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("java is missing") && said.contains("apt-get install openjdk-17"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[tokio::test]
async fn a_refused_download_says_why_and_what_to_do() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::without_downloads();
    let tools = place.home.root().join("tools");
    std::fs::create_dir_all(&tools).expect("a folder");
    let maven = tools.join("mvn");
    std::fs::write(
        &maven,
        "#!/bin/sh\necho '[ERROR] Connection refused'\nexit 1\n",
    )
    .expect("a program");
    std::fs::set_permissions(&maven, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let path = tools.display().to_string();

    let output = place.veza_with(&["fetch"], &[("PATH", &path)]).await;
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("mvn could not download Kafka's jars: Connection refused"),
        "{said}"
    );

    std::fs::remove_file(&maven).expect("it was there");
    let output = place.veza_with(&["fetch"], &[("PATH", &path)]).await;
    let said = text(&output.stderr);
    assert!(
        said.contains("mvn is missing") && said.contains("apt-get install"),
        "{said}"
    );
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
