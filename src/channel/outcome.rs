//! What came of one attempt, and what can be done about a failed one: the words of the rules themselves.

pub use crate::domain::notification::{DeliveryError, FailureReason, Outcome};

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_outcome_is_written_in_words_and_read_back() {
        for (outcome, json) in [
            (Outcome::Accepted { provider_id: None }, r#"{"accepted":{}}"#),
            (
                Outcome::Failed(DeliveryError::Transient {
                    reason: FailureReason::RateLimited,
                    retry_after: Some(Duration::from_secs(90)),
                }),
                r#"{"failed":{"transient":{"reason":"rate_limited","retry_after":"1m30s"}}}"#,
            ),
            (
                Outcome::Failed(DeliveryError::Unknown { reason: FailureReason::Timeout }),
                r#"{"failed":{"unknown":{"reason":"timeout"}}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
            assert_eq!(serde_json::from_str::<Outcome>(json).unwrap(), outcome);
        }
    }
}
