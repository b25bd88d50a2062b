//! What the counters say.

use crate::app::TestApp;

#[tokio::test]
async fn open_cases_and_running_clocks_are_counted_when_somebody_asks() {
    let app = TestApp::start();
    let counted = async |wanted: &[&str]| {
        let text = app.get("/metrics", "read").await.text;
        for line in wanted {
            assert!(text.lines().any(|it| it == *line), "{line} in {text}");
        }
    };
    counted(&["watchfire_cases_open 0", "watchfire_clocks_running 0", "watchfire_troubles_untold 0"]).await;
    app.case("hr-1", "finance", true).await;
    app.case("hr-2", "finance", false).await;
    counted(&["watchfire_cases_open 2", "watchfire_clocks_running 1"]).await;
}
