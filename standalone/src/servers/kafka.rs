//! Apache Kafka: broker and controller in one JVM.

use std::path::PathBuf;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;

use super::probe::{KafkaProbe, quiet_client};
use super::{Probe, Server};
use crate::process::Launch;

const LOG4J: &str = include_str!("../../downloads/kafka/log4j2.properties");
/// Of the JVM: what it compiles, it compiles once, and quickly.
const FIRST_COMPILER_ONLY: &str = "-XX:TieredStopAtLevel=1";

/// How fast the broker notices dead members of a consumer group.
#[derive(Debug, Clone, Copy)]
pub struct GroupTimes {
    pub heartbeat_ms: u32,
    pub session_ms: u32,
}

impl GroupTimes {
    /// A pause of seconds is no death.
    pub const SERVING: Self = Self {
        heartbeat_ms: 1_000,
        session_ms: 15_000,
    };
    /// Tests wait for take-overs.
    pub const TESTING: Self = Self {
        heartbeat_ms: 500,
        session_ms: 3_000,
    };
}

pub struct Kafka {
    /// Folder of the jars.
    pub jars: PathBuf,
    pub data: PathBuf,
    pub log: PathBuf,
    pub port: u16,
    pub controller_port: u16,
    pub group_times: GroupTimes,
    /// It serves for seconds: what the JVM's second compiler costs would never pay off (a third of the CPU of a start).
    pub short_lived: bool,
    probe: KafkaProbe,
}

impl Kafka {
    pub fn new(
        jars: PathBuf,
        data: PathBuf,
        log: PathBuf,
        (port, controller_port): (u16, u16),
        group_times: GroupTimes,
    ) -> Self {
        let probe = KafkaProbe::new(format!("127.0.0.1:{port}"));
        Self {
            jars,
            data,
            log,
            port,
            controller_port,
            group_times,
            short_lived: false,
            probe,
        }
    }

    pub fn broker(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// One node: every internal topic has one replica. The short session of the broker itself lets it come back within
    /// seconds of a `kill -9` instead of waiting for its own old registration.
    fn settings(&self) -> String {
        let (port, controller, data) = (self.port, self.controller_port, self.data.display());
        let GroupTimes {
            heartbeat_ms,
            session_ms,
        } = self.group_times;
        format!(
            "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}/log
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.heartbeat.interval.ms={heartbeat_ms}
group.consumer.heartbeat.interval.ms={heartbeat_ms}
group.consumer.min.session.timeout.ms={session_ms}
group.consumer.session.timeout.ms={session_ms}
"
        )
    }

    /// Gives the folder its identity, and the cluster the features of its version: without them the broker would know no
    /// consumer groups of KIP-848.
    fn format(&self) -> anyhow::Result<()> {
        let id = URL_SAFE_NO_PAD.encode(uuid::Uuid::new_v4().as_bytes());
        let output = std::process::Command::new("java")
            .arg(format!(
                "-Dlog4j2.configurationFile={}",
                self.data.join("log4j2.properties").display()
            ))
            .args(["-Xshare:auto", FIRST_COMPILER_ONLY, "-cp"])
            .arg(format!("{}/*", self.jars.display()))
            .args(["kafka.tools.StorageTool", "format"])
            // One argument: an id may begin with a hyphen, and would be taken for another option.
            .arg(format!("--cluster-id={id}"))
            .arg("--config")
            .arg(self.data.join("server.properties"))
            .output()
            .context("cannot run java; install Java 17")?;
        anyhow::ensure!(
            output.status.success(),
            "cannot format {}: {}{}",
            self.data.display(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Creates a topic with one replica; one that is there is left as it is.
    pub async fn create_topic(
        &self,
        name: &str,
        partitions: i32,
        retention_hours: u64,
    ) -> anyhow::Result<()> {
        let admin: AdminClient<DefaultClientContext> = quiet_client(&self.broker()).create()?;
        let retention = (retention_hours * 3_600_000).to_string();
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1))
            .set("retention.ms", &retention);
        let answers = admin.create_topics([&topic], &AdminOptions::new()).await?;
        for answer in answers {
            match answer {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => bail!("cannot create the topic {name}: {code}"),
            }
        }
        Ok(())
    }
}

impl Server for Kafka {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn url(&self) -> String {
        self.broker()
    }

    fn ports(&self) -> Vec<(u16, &'static str)> {
        vec![
            (self.port, "VEZA_PORT_KAFKA"),
            (self.controller_port, "VEZA_PORT_KAFKA_CONTROLLER"),
        ]
    }

    fn prepare(&self) -> anyhow::Result<()> {
        let log = self.data.join("log");
        std::fs::create_dir_all(&log)
            .with_context(|| format!("cannot create {}", log.display()))?;
        std::fs::write(self.data.join("server.properties"), self.settings())?;
        std::fs::write(self.data.join("log4j2.properties"), LOG4J)?;
        if !log.join("meta.properties").exists() {
            self.format()?;
        }
        Ok(())
    }

    fn launch(&self) -> Launch {
        let log4j = self.data.join("log4j2.properties");
        Launch::new("java", &self.log)
            .args([
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
            ])
            .args(self.short_lived.then_some(FIRST_COMPILER_ONLY))
            .args([format!("-Dlog4j2.configurationFile={}", log4j.display())])
            .args(["-cp", &format!("{}/*", self.jars.display()), "kafka.Kafka"])
            .args([self.data.join("server.properties")])
    }

    fn probe(&self) -> Probe {
        Probe::Kafka(self.probe.clone())
    }
}
