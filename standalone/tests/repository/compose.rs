//! `docker-compose.yml` against what the services say of themselves: there is no Docker engine in a test, but what would keep the
//! stack from starting can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::{Map, Value};
use veza_standalone::testing::{program, repository};

/// Our services, with the program that each runs.
const SERVICES: [(&str, &str); 3] = [
    ("ingest", "veza-ingest"),
    ("aggregator", "veza-aggregator"),
    ("api", "veza-api"),
];

fn compose() -> Value {
    let text = fs::read_to_string(repository().join("docker-compose.yml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn services(compose: &Value) -> &Map<String, Value> {
    compose["services"].as_object().unwrap()
}

/// The variables that a container of this service gets.
fn environment(compose: &Value, service: &str) -> BTreeMap<String, String> {
    let variables = compose["services"][service]["environment"].as_object();
    let variables = variables.unwrap_or_else(|| panic!("{service} has no environment"));
    let text = |value: &Value| value.as_str().map_or(value.to_string(), Into::into);
    variables
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// A variable as `--help` lists it, with its default where it has one.
type Setting = (String, Option<String>);

/// Reads `… [env: NAME=] [default: VALUE]`, wherever the lines are broken.
fn settings(program_name: &str) -> Vec<Setting> {
    let output = Command::new(program(program_name))
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = help.split("[env: ").skip(1).collect();
    assert!(parts.len() > 10, "{program_name} --help lists no settings");
    let default_of = |rest: &str| {
        let (value, _) = rest.strip_prefix(" [default: ")?.split_once(']')?;
        Some(value.trim_matches('"').to_owned())
    };
    let setting = |part: &&str| {
        let (name, rest) = part.split_once(']').unwrap();
        (name.trim_end_matches('=').to_owned(), default_of(rest))
    };
    parts.iter().map(setting).collect()
}

#[test]
fn each_service_is_given_only_settings_that_exist() {
    let compose = compose();
    let known: BTreeSet<String> = SERVICES
        .iter()
        .flat_map(|(_, program)| settings(program))
        .map(|(name, _)| name)
        .collect();
    for (service, program) in SERVICES {
        let own_prefix = format!("VEZA_{}_", service.to_uppercase());
        let own: BTreeSet<String> = settings(program)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        for name in environment(&compose, service).keys() {
            assert!(known.contains(name), "{service}: no service reads {name}");
            assert!(
                !name.starts_with(&own_prefix) || own.contains(name),
                "{service}: {program} does not read {name}"
            );
        }
    }
}

/// In a container, loopback is nobody; and a secret has no default that could serve.
#[test]
fn each_service_is_given_what_its_defaults_cannot_know() {
    let compose = compose();
    for (service, program) in SERVICES {
        let given = environment(&compose, service);
        for (name, default) in settings(program) {
            let of_one_machine = default
                .as_deref()
                .is_some_and(|it| it.contains("127.0.0.1"));
            let secret =
                name.ends_with("_KEY") || name.ends_with("_SECRET") || name.ends_with("_PASSWORD");
            assert!(
                !(of_one_machine || secret) || given.contains_key(&name),
                "{service} needs {name}: its default is {default:?}"
            );
        }
    }
}

#[test]
fn no_secret_is_written_down() {
    let compose = compose();
    for service in services(&compose).keys() {
        if compose["services"][service]["environment"].is_null() {
            continue;
        }
        for (name, value) in environment(&compose, service) {
            let secret = ["SECRET", "PASSWORD", "LISTENER_KEY", "POSTGRES_URL"];
            assert!(
                !secret.iter().any(|part| name.contains(part)) || value.contains(":?"),
                "{service}: {name} must come from the environment and be asked for where it is missing"
            );
        }
    }
}

/// `18.6`, `v3.5.0`, `RELEASE.2025-09-07T16-13-09Z`, `bookworm-20250811-slim`: a tag that is never given to another image.
fn is_pinned(image: &str) -> bool {
    let Some((name, tag)) = image.rsplit_once(':') else {
        return false;
    };
    let numbers: Vec<&str> = tag
        .split(|character: char| !character.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .collect();
    // Postgres counts in two parts since version 10.
    let parts = if name == "postgres" { 2 } else { 3 };
    numbers.len() >= parts || numbers.iter().any(|digits| digits.len() == 8)
}

#[test]
fn a_tag_that_moves_is_told_from_one_that_does_not() {
    for moving in [
        "a/b",
        "a/b:latest",
        "rust:1.95-bookworm",
        "a/b:26",
        "debian:bookworm-slim",
    ] {
        assert!(!is_pinned(moving), "{moving}");
    }
}

#[test]
fn no_image_moves() {
    let compose = compose();
    for (service, definition) in services(&compose) {
        let image = definition["image"].as_str().unwrap();
        assert!(is_pinned(image), "{service}: {image}");
    }
    let dockerfile = fs::read_to_string(repository().join("deploy/images/Dockerfile")).unwrap();
    let bases: Vec<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("FROM ")?.split_whitespace().next())
        .collect();
    let (stages, images): (Vec<&str>, Vec<&str>) =
        bases.iter().partition(|base| !base.contains(':'));
    assert!(images.len() >= 3, "{images:?}");
    for stage in stages {
        assert!(
            dockerfile.contains(&format!(" AS {stage}\n")),
            "{stage} is no stage"
        );
    }
    for image in images {
        assert!(is_pinned(image), "{image}");
    }
}

#[test]
fn our_images_carry_our_version() {
    let compose = compose();
    for (service, definition) in services(&compose) {
        if definition["build"].is_object() {
            let target = definition["build"]["target"].as_str().unwrap();
            let expected = format!("veza-{target}:{}", env!("CARGO_PKG_VERSION"));
            assert_eq!(definition["image"], expected, "{service}");
        }
    }
}

/// What runs on has a health check; what ends is waited for by its success.
#[test]
fn everything_that_stays_has_a_health_check_and_every_wait_can_end() {
    let compose = compose();
    for (service, definition) in services(&compose) {
        let stays = definition["restart"] == "unless-stopped";
        assert!(stays || definition["restart"] == "on-failure", "{service}");
        assert_eq!(definition["healthcheck"].is_object(), stays, "{service}");
        for (other, wait) in definition["depends_on"].as_object().unwrap_or(&Map::new()) {
            let other = &compose["services"][other];
            let expected = match other["restart"].as_str() {
                Some("unless-stopped") => "service_healthy",
                Some("on-failure") => "service_completed_successfully",
                _ => panic!("{service} waits for a service that is not there"),
            };
            assert_eq!(wait["condition"], expected, "{service}");
        }
    }
}

#[test]
fn every_file_that_is_mounted_or_built_from_is_there() {
    let compose = compose();
    for (service, definition) in services(&compose) {
        let volumes = definition["volumes"].as_array().into_iter().flatten();
        let mounted = volumes.filter_map(|volume| volume.as_str()?.split(':').next());
        let built = definition["build"]["dockerfile"].as_str();
        for path in mounted.filter(|path| path.starts_with("./")).chain(built) {
            // The operator's own.
            if path == "./geoip" {
                continue;
            }
            assert!(
                repository().join(path).exists(),
                "{service}: {path} is not there"
            );
        }
    }
}

/// Every variable that the file asks for is in the example that operators copy.
#[test]
fn the_example_of_the_environment_is_whole() {
    let text = fs::read_to_string(repository().join("docker-compose.yml")).unwrap();
    let example = fs::read_to_string(repository().join("deploy/compose.env.example")).unwrap();
    let asked: BTreeSet<&str> = text
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split([':', '}']).next())
        .collect();
    let offered: BTreeSet<&str> = example
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    assert_eq!(asked, offered);
}
