//! Days off: the daemon itself says of which year it knows none.

use super::daemon::{Site, until};

const LINE: &str = "nothing is said of the days off of a year that is near";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_without_days_off_is_in_the_log_where_something_counts_by_working_days() {
    let workdays = |text: String| {
        let form = "\n[[form]]\nid = \"check\"\nname = { zh-CN = \"晨检\", en = \"Check\" }\ndue = \"0 30 9 * * *\"\n\
                    workdays_only = true\nfields = [{ name = \"here\", type = \"count\", \
                    label = { zh-CN = \"在岗\", en = \"Here\" } }]\n";
        text + form
    };
    let site = Site::with(1, 3600, workdays);
    let daemon = site.start().await;
    until("the line", 20, async || site.log().contains(LINE).then_some(())).await;
    assert!(daemon.stop().await);
    // Once a day, and not at each look.
    let lines = site.log().matches(LINE).count();
    assert!((1..=2).contains(&lines), "{lines}");
}
