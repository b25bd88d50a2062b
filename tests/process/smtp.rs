//! Mail: a real relay with STARTTLS, and relays that do everything a relay should not.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::daemon::{Site, free_port, need, run, until};
use crate::provider::Provider;
use crate::record::{Try, facts, tries};

const ITEMS: &str = "03:09单独隔离；03:12联系发热门诊";

/// A site that writes to the authority over SMTP.
fn site(provider: u16, relay: u16, tls: &str) -> Site {
    Site::with(provider, 3600, |text| over_smtp(&text, relay, tls))
}

/// The same configuration with mail over SMTP.
pub(crate) fn over_smtp(text: &str, relay: u16, tls: &str) -> String {
    let (from, to) = (text.find("[[channel]]\nid = \"mail\"").unwrap(), text.find("[[source]]").unwrap());
    let mail = format!(
        "[[channel]]\nid = \"mail\"\nmedium = \"email\"\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {relay}\n\
             from = \"烽火 <watchfire@example.cn>\"\ntimeout = \"2s\"\n{tls}\n\
             retry = {{ pause_at_least = \"20ms\", pause_at_most = \"100ms\" }}\n\n"
    );
    format!("{}{mail}{}", &text[..from], &text[to..])
}

/// A suspected case whose authority was told by telephone, and is written to.
async fn report(site: &Site) -> String {
    site.tell("/v1/arm", json!({ "by": "head" })).await;
    let case = site.case("a", true).await;
    let told = json!({ "authority": "sasac", "by": "officer", "outcome": "taken", "answered_by": "张处长" });
    site.tell(&format!("/v1/cases/{case}/telephone"), told).await;
    let written = json!({ "authority": "sasac", "by": "officer", "kind": "initial",
                          "content": { "measures": ITEMS, "scope": "同住3人" } });
    site.tell(&format!("/v1/cases/{case}/written"), written).await;
    case
}

fn mails(site: &Site) -> Vec<Try> {
    tries(&site.journal()).into_iter().filter(|one| one.channel == "mail").collect()
}

/// An authority of its own in a folder, and a certificate of it for this machine's address.
fn certify(dir: &Path) {
    std::fs::create_dir(dir).unwrap();
    let openssl = |arguments: &str| {
        run(Command::new("openssl").current_dir(dir).args(arguments.split(' ')));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(
        &format!(
            "req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority \
         -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
        )
        .replace("         ", ""),
    );
    openssl(&format!(
        "req {key} -keyout key.pem -out request.pem -subj /CN=relay -addext subjectAltName=IP:127.0.0.1"
    ));
    openssl(
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 \
         -copy_extensions copyall",
    );
}

/// aiosmtpd, which refuses everything before STARTTLS and keeps what it took in a maildir.
struct RealRelay {
    child: Child,
    mails: PathBuf,
    port: u16,
}

impl RealRelay {
    async fn start(dir: &Path) -> Self {
        let (port, mails) = (free_port(), dir.join("mails"));
        let mut command = Command::new("aiosmtpd");
        command.args(["-n", "-c", "aiosmtpd.handlers.Mailbox", "-l", &format!("127.0.0.1:{port}")]);
        command.arg("--tlscert").arg(dir.join("cert.pem")).arg("--tlskey").arg(dir.join("key.pem"));
        let child = command.arg(&mails).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("the relay", 20, async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        Self { child, mails, port }
    }

    fn taken(&self) -> Vec<PathBuf> {
        let listed = std::fs::read_dir(self.mails.join("new")).into_iter().flatten();
        listed.map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for RealRelay {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A mail as a reader that is not ours understands it.
pub(crate) fn read(mail: &Path) -> Value {
    let script = "import email, email.policy, json, sys\n\
        m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n\
        parts = {p.get_content_type(): p.get_content() for p in m.walk() if not p.is_multipart()}\n\
        headers = {k.lower(): str(v) for k, v in m.items()}\n\
        print(json.dumps({'headers': headers, 'kind': m.get_content_type(), 'parts': parts}))";
    serde_json::from_str(&run(Command::new("python3").args(["-c", script]).arg(mail))).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_written_report_reaches_a_real_relay_by_starttls_whole_and_right() {
    need("aiosmtpd", "python3-aiosmtpd");
    need("openssl", "openssl");
    let dir = tempfile::tempdir().unwrap();
    let (own, other) = (dir.path().join("own"), dir.path().join("other"));
    certify(&own);
    certify(&other);
    let relay = RealRelay::start(&own).await;
    let provider = Provider::start().await;
    let ca = |dir: &Path| format!("ca = \"{}\"", dir.join("ca.pem").display());
    let site = site(provider.port, relay.port, &ca(&other));
    let daemon = site.start().await;
    let case = report(&site).await;
    // A relay that another authority vouches for is nobody we know.
    let refused = until("a refusal", 20, async || mails(&site).first()?.outcome.clone()).await;
    assert_eq!(refused, "transient tls");
    assert!(relay.taken().is_empty());
    let path = site.config().join("site.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(&ca(&other), &ca(&own))).unwrap();
    daemon.signal("-HUP");
    let mail = until("the mail", 20, async || relay.taken().pop()).await;
    until("the proof", 20, async || {
        let shown = site.get(&format!("/v1/cases/{case}")).await;
        (shown["clocks"][0]["state"] == "met").then_some(())
    })
    .await;
    let sent = mails(&site).into_iter().rfind(|one| one.outcome.as_deref() == Some("accepted")).unwrap();
    let read = read(&mail);
    let header =
        |name: &str| read["headers"][name].as_str().unwrap_or_else(|| panic!("{name} in {read}")).to_owned();
    assert_eq!(header("message-id"), format!("<{}@example.cn>", sent.key));
    assert_eq!(header("to"), "duty@sasac.example.cn");
    assert_eq!(header("from"), "烽火 <watchfire@example.cn>");
    assert_eq!(header("auto-submitted"), "auto-generated");
    let subject = header("subject");
    assert!(subject.starts_with("【初报】黑龙江省产权交易集团关于财务部"), "{subject}");
    assert_eq!(read["kind"], "multipart/alternative");
    for kind in ["text/plain", "text/html"] {
        let part = read["parts"][kind].as_str().unwrap_or_else(|| panic!("{kind} in {read}"));
        let number = format!("{}-初报", case.replacen("C-", "CB-", 1));
        for expected in
            ["省国资委", "张处长", ITEMS, "同住3人", "lobby", "值班员", "待核实", &number, "记录校验"]
        {
            assert!(part.contains(expected), "{expected} in {part}");
        }
    }
    assert_eq!(relay.taken().len(), 1);
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

/// What a relay does with one connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    SilentGreeting,
    Recipient(&'static str),
    CloseAtSender,
    SilentAfterText,
    CloseAfterText,
    AfterText(&'static str),
}

/// A relay in the clear that plays one part after the other, and then takes everything.
pub(crate) struct Relay {
    pub(crate) port: u16,
    parts: Arc<Mutex<VecDeque<Part>>>,
    /// Every command, and every mail as one.
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    pub(crate) fn new(parts: &[Part]) -> Self {
        let parts = Arc::new(Mutex::new(parts.iter().copied().collect()));
        Self { port: free_port(), parts, heard: Arc::default() }
    }

    pub(crate) async fn listen(&self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let (parts, heard) = (Arc::clone(&self.parts), Arc::clone(&self.heard));
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let part = parts.lock().unwrap().pop_front();
                open.spawn(talk(stream, part, Arc::clone(&heard)));
            }
        });
        tasks.detach_all();
    }

    pub(crate) fn mails(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|line| line.contains("Message-ID")).cloned().collect()
    }
}

async fn talk(stream: TcpStream, part: Option<Part>, heard: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    if matches!(part, Some(Part::SilentGreeting)) {
        stream.read_line(&mut String::new()).await.ok()?;
        return None;
    }
    stream.write_all(b"220 relay\r\n").await.ok()?;
    let (mut line, mut text) = (String::new(), None::<String>);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if let Some(mail) = &mut text {
            if line != ".\r\n" {
                mail.push_str(&line);
                continue;
            }
            heard.lock().unwrap().push(text.take().unwrap_or_default());
            match part {
                Some(Part::SilentAfterText) => {
                    stream.read_line(&mut line).await.ok()?;
                    return None;
                }
                Some(Part::CloseAfterText) => return None,
                Some(Part::AfterText(said)) => {
                    stream.write_all(format!("{said}\r\n").as_bytes()).await.ok()?
                }
                _ => stream.write_all(b"250 queued\r\n").await.ok()?,
            }
            continue;
        }
        heard.lock().unwrap().push(line.trim_end().to_owned());
        let said = match (line.get(..4).unwrap_or_default(), part) {
            ("EHLO", _) => "250-relay\r\n250 8BITMIME",
            ("MAIL", Some(Part::CloseAtSender)) => return None,
            ("RCPT", Some(Part::Recipient(said))) => said,
            ("DATA", _) => {
                text = Some(String::new());
                "354 go on"
            }
            ("QUIT", _) => "221 bye",
            _ => "250 ok",
        };
        stream.write_all(format!("{said}\r\n").as_bytes()).await.ok()?;
    }
}

fn header(mail: &str, name: &str) -> String {
    mail.lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_else(|| panic!("{name} in {mail}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_sent_until_a_relay_says_250_and_under_the_same_key_where_its_fate_is_unknown() {
    let provider = Provider::start().await;
    let relay = Relay::new(&[
        Part::SilentGreeting,
        Part::Recipient("450 mailbox busy"),
        Part::CloseAtSender,
        Part::AfterText("451 local error"),
        Part::SilentAfterText,
        Part::CloseAfterText,
        Part::AfterText("354 and then"),
    ]);
    let site = site(provider.port, relay.port, "tls = \"none\"");
    let daemon = site.start().await;
    let case = report(&site).await;
    // Nobody listens yet.
    until("a refused connection", 20, async || mails(&site).first()?.outcome.clone()).await;
    relay.listen().await;
    until("the proof", 40, async || {
        let shown = site.get(&format!("/v1/cases/{case}")).await;
        (shown["clocks"][0]["written"]["state"] == "sent").then_some(())
    })
    .await;
    let tries = mails(&site);
    let connected = tries.iter().position(|one| one.outcome.as_deref() != Some("transient connect"));
    let (refused, rest) = tries.split_at(connected.unwrap());
    assert!(!refused.is_empty());
    let outcomes: Vec<&str> = rest.iter().map(|one| one.outcome.as_deref().unwrap_or("none")).collect();
    assert_eq!(
        outcomes,
        [
            "transient timeout",
            "transient refused",
            "transient bad_answer",
            "transient refused",
            "unknown timeout",
            "unknown bad_answer",
            "unknown bad_answer",
            "accepted",
        ]
    );
    // A known outcome ends a key; an unknown one keeps it, and says what that may mean.
    for pair in tries.windows(2) {
        let [before, after] = pair else { unreachable!() };
        let unknown = before.outcome.as_deref().unwrap_or_default().starts_with("unknown");
        assert_eq!(before.key == after.key, unknown, "{pair:?}");
        assert_eq!(after.possible_duplicate, unknown, "{pair:?}");
    }
    let read = relay.mails();
    let ids: Vec<String> = read.iter().map(|mail| header(mail, "Message-ID: ")).collect();
    let keys = rest.get(3..).unwrap().iter().map(|one| format!("<{}@example.cn>", one.key));
    assert_eq!(ids, keys.collect::<Vec<_>>());
    assert!(daemon.stop().await);
    assert!(site.verify().0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_that_does_not_exist_is_refused_and_proves_nothing() {
    let provider = Provider::start().await;
    let relay = Relay::new(&[Part::Recipient("550 no such user")]);
    relay.listen().await;
    let site = site(provider.port, relay.port, "tls = \"none\"");
    let daemon = site.start().await;
    let case = report(&site).await;
    let outcome = until("an outcome", 20, async || mails(&site).first()?.outcome.clone()).await;
    assert_eq!(outcome, "permanent no_such_address");
    let shown = site.get(&format!("/v1/cases/{case}")).await;
    assert_eq!(shown["clocks"][0]["state"], "running", "{shown}");
    assert_eq!(shown["clocks"][0]["written"]["state"], "owed", "{shown}");
    // An address is put right by a person: the next try leaves time for that, and is another round.
    let journal = site.journal();
    let written: Vec<&Value> = facts(&journal, "notification_planned/1")
        .into_iter()
        .map(|fact| &fact["notification"])
        .filter(|it| it["purpose"] == "written")
        .collect();
    let rounds: Vec<&Value> = written.iter().map(|it| &it["round"]).collect();
    assert_eq!(rounds, [1, 2], "{written:?}");
    let due =
        |at: usize| -> watchfire::time::Timestamp { written[at]["due"].as_str().unwrap().parse().unwrap() };
    assert!(due(1).since(due(0)).as_secs() >= 300, "{written:?}");
    assert!(relay.mails().is_empty());
    assert!(daemon.stop().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_goes_in_the_clear_where_a_relay_no_longer_offers_starttls() {
    let provider = Provider::start().await;
    let relay = Relay::new(&[]);
    relay.listen().await;
    let site = site(provider.port, relay.port, "tls = \"starttls\"");
    let daemon = site.start().await;
    report(&site).await;
    let outcomes = until("two refusals", 20, async || {
        let ended: Vec<String> = mails(&site).into_iter().filter_map(|one| one.outcome).collect();
        (ended.len() >= 2).then_some(ended)
    })
    .await;
    assert!(outcomes.iter().all(|outcome| outcome == "transient tls"), "{outcomes:?}");
    let heard = relay.heard.lock().unwrap().clone();
    assert!(heard.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{heard:?}");
    assert!(daemon.stop().await);
}
