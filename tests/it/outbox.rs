//! The outbox over real connections, where what waits for one is no attempt, and over faults of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use watchfire::channel::{Channel, Memory, Webhook, WebhookSettings};
use watchfire::domain::names::{ChannelId, Medium};
use watchfire::domain::notification::{Progress, Purpose};
use watchfire::engine::Published;
use watchfire::time::{Clock, ManualClock, Reading};

use crate::app::TestApp;
use crate::lapses;

/// A provider that answers no request before it is let.
#[derive(Debug, Clone)]
struct Provider {
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    answers: Arc<Semaphore>,
    url: String,
}

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            open: Arc::default(),
            most: Arc::default(),
            answers: Arc::new(Semaphore::new(0)),
            url: format!("http://{}/sms", listener.local_addr().unwrap()),
        };
        let its = provider.clone();
        let handler = move || {
            let its = its.clone();
            async move {
                its.most.fetch_max(its.open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                its.answers.acquire().await.unwrap().forget();
                its.open.fetch_sub(1, Ordering::SeqCst);
                "{}"
            }
        };
        let router = Router::new().route("/sms", post(handler));
        TaskTracker::new().spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    async fn has_one_open(&self) {
        while self.open.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// How far each SMS got, and how many tries it took.
fn messages(published: &Published) -> Vec<(Progress, usize)> {
    let tracks = published.state.notifications.values();
    let sms = tracks.filter(|track| track.notification.medium == Medium::Sms);
    let mut all: Vec<_> = sms.map(|track| (track.state, track.attempts.len())).collect();
    all.sort();
    all
}

/// Two people are written to by a channel with so many connections, with room for so many messages at once.
async fn one_waits_for_the_other(connections_max: usize, room: usize) {
    let app = TestApp::armed().await;
    let provider = Provider::start().await;
    let sms =
        Webhook::new(&WebhookSettings { connections_max, ..WebhookSettings::new(&*provider.url, "{}") });
    let channels = BTreeMap::from([
        (ChannelId::new("sms"), Arc::new(Channel::Webhook(sms.unwrap()))),
        (ChannelId::new("voice"), Arc::new(Channel::Memory(Memory::new()))),
        (ChannelId::new("mail"), Arc::new(Channel::Memory(Memory::new()))),
    ]);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    tasks.spawn(app.outbox(channels, room).run(tasks.clone(), stop.clone()));
    app.case("a", "finance", false).await;
    app.case("b", "trade", false).await;
    provider.has_one_open().await;
    // The outbox has looked at what is due again.
    app.pass_seconds(2).await;
    app.pass_seconds(2).await;
    assert_eq!(messages(&app.published()), [(Progress::Planned, 0), (Progress::Attempting, 1)]);

    provider.answers.add_permits(2);
    let told = [(Progress::Accepted, 1), (Progress::Accepted, 1)];
    app.until(|published| (messages(published) == told).then_some(())).await;
    assert_eq!(provider.most.load(Ordering::SeqCst), 1);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn a_message_that_waits_for_a_free_connection_is_not_tried_and_goes_when_there_is_one() {
    one_waits_for_the_other(1, 256).await;
}

#[tokio::test]
async fn no_more_messages_are_sent_at_once_than_there_is_room_for() {
    one_waits_for_the_other(8, 1).await;
}

/// On one worker of a runtime that runs last what was started first: whoever asks for a covered message by itself is
/// heard before the message that covers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_goes_in_the_message_of_another_is_not_asked_for_by_itself() {
    let app = TestApp::armed().await;
    for id in ["a", "b", "c"] {
        app.case(id, "finance", true).await;
    }
    let sms = Memory::new();
    let channels = BTreeMap::from([
        (ChannelId::new("sms"), Arc::new(Channel::Memory(sms.clone()))),
        (ChannelId::new("voice"), Arc::new(Channel::Memory(Memory::new()))),
        (ChannelId::new("mail"), Arc::new(Channel::Memory(Memory::new()))),
    ]);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    tasks.spawn(app.outbox(channels, 256).run(tasks.clone(), stop.clone()));
    let all_went = |published: &Published| {
        messages(published).iter().all(|(state, _)| *state == Progress::Accepted).then_some(())
    };
    app.until(all_went).await;
    // The leader of the unit, the duty officer and the head of the leading group hear of all three at once.
    assert_eq!(sms.sent().len(), 3, "{:?}", sms.sent());
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// A clock at which the outbox breaks: each reading by its turn, and none after them.
#[derive(Debug)]
struct Breaking {
    clock: ManualClock,
    breaks: Mutex<VecDeque<bool>>,
}

impl Clock for Breaking {
    fn read(&self) -> Reading {
        let breaks = self.breaks.lock().unwrap().pop_front();
        assert_ne!(breaks, Some(true), "a fault of ours");
        self.clock.read()
    }
}

/// An outbox that meets these faults, with what it sends by SMS, and how many faults it has counted.
struct Faulty {
    sms: Memory,
    faults: Box<dyn Fn() -> u64>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Faulty {
    fn start(app: &TestApp, breaks: &[bool]) -> Self {
        let sms = Memory::new();
        let channels = BTreeMap::from([
            (ChannelId::new("sms"), Arc::new(Channel::Memory(sms.clone()))),
            (ChannelId::new("voice"), Arc::new(Channel::Memory(Memory::new()))),
            (ChannelId::new("mail"), Arc::new(Channel::Memory(Memory::new()))),
        ]);
        let mut outbox = app.outbox(channels, 256);
        let breaks = Mutex::new(breaks.iter().copied().collect());
        outbox.clock = Arc::new(Breaking { clock: app.clock.clone(), breaks });
        let metrics = Arc::clone(&outbox.metrics);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(outbox.run(tasks.clone(), stop.clone()));
        Self { sms, faults: Box::new(move || metrics.outbox_faults.get()), tasks, stop }
    }

    async fn met(&self, faults: u64) {
        let met = async {
            while (self.faults)() < faults {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), met).await.unwrap();
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[tokio::test]
async fn a_message_whose_writing_panics_is_put_aside_for_longer_and_longer_and_keeps_no_other_from_going() {
    let app = TestApp::armed().await;
    app.case("a", "finance", false).await;
    app.case("b", "trade", false).await;
    // The first breaks when it is asked for, and again; between, the other is asked for, stamped, and told
    // of at two readings.
    let outbox = Faulty::start(&app, &[true, false, false, false, false, true]);
    let one_went = [(Progress::Planned, 0), (Progress::Accepted, 1)];
    app.until(|published| (messages(published) == one_went).then_some(())).await;
    outbox.met(1).await;
    app.pass_seconds(1).await;
    outbox.met(2).await;
    app.pass_seconds(1).await;
    assert_eq!((messages(&app.published()), (outbox.faults)()), (one_went.to_vec(), 2));
    app.pass_seconds(1).await;
    let both_went = [(Progress::Accepted, 1), (Progress::Accepted, 1)];
    app.until(|published| (messages(published) == both_went).then_some(())).await;
    assert_eq!((outbox.sms.sent().len(), (outbox.faults)()), (2, 2));
    outbox.end().await;
}

#[tokio::test]
async fn a_message_whose_sending_panics_is_of_unknown_fate_and_goes_again_under_its_key() {
    let app = TestApp::armed().await;
    app.case("a", "finance", false).await;
    let outbox = Faulty::start(&app, &[false, false, true]);
    app.until(|published| (messages(published) == [(Progress::Unknown, 1)]).then_some(())).await;
    outbox.met(1).await;
    app.pass_seconds(60).await;
    app.until(|published| messages(published).contains(&(Progress::Accepted, 2)).then_some(())).await;
    let sent = outbox.sms.sent();
    assert_eq!(sent[0].key, sent[1].key, "{sent:?}");
    assert_eq!((outbox.faults)(), 1);
    outbox.end().await;
}

#[tokio::test]
async fn a_notice_counts_the_lapses_that_wait_for_its_readers_word_and_no_other() {
    let app = TestApp::armed().await;
    let lapse = lapses::breached(&app).await;
    // The notice of both lapses, to each of the two who are named, is planned at nine.
    app.clock.advance(Duration::from_mins(30));
    app.settled().await;
    assert_eq!(lapses::say(&app, &lapse, lapses::OFFICER).await.status, 200);
    let outbox = Faulty::start(&app, &[]);
    let both_went = |published: &Published| {
        let tracks = published.state.notifications.values();
        let notices = tracks.filter(|track| track.notification.purpose == Purpose::LapseNotice);
        let went = notices.filter(|track| track.notification.medium == Medium::Sms);
        (went.filter(|track| track.state == Progress::Accepted).count() == 2).then_some(())
    };
    app.until(both_went).await;
    let sent = outbox.sms.sent();
    for said in ["您有1条报送记录待说明", "2 lapses name you"] {
        assert_eq!(sent.iter().filter(|message| message.text.contains(said)).count(), 1, "{said} {sent:?}");
    }
    outbox.end().await;
}

#[tokio::test]
async fn whoever_stands_in_and_whoever_is_away_are_told_in_their_own_language_and_never_why() {
    let app = TestApp::armed().await;
    let body = json!({
        "by": "clerk", "person": "liaison", "until": "2026-11-24T10:00:00Z", "why": "fever", "stand_in": "reader",
        "note": "今晨发热",
    });
    assert_eq!(app.post("/v1/absences", "office", &body).await.status, 200);
    let outbox = Faulty::start(&app, &[]);
    let went = |published: &Published| {
        let tracks = published.state.notifications.values();
        let notices = tracks.filter(|track| track.notification.purpose == Purpose::Absence);
        (notices.filter(|track| track.state == Progress::Accepted).count() == 2).then_some(())
    };
    app.until(went).await;
    let texts: Vec<String> = outbox.sms.sent().into_iter().map(|message| message.text).collect();
    for said in ["不在岗，由", "您被指定"] {
        assert_eq!(texts.iter().filter(|text| text.contains(said)).count(), 1, "{said} {texts:?}");
    }
    assert!(!texts.iter().any(|text| text.contains("发热") || text.contains("他人")), "{texts:?}");
    outbox.end().await;
}
