//! Money and quota: a channel known to be without is passed over, and tried all the same where nothing else is left.

use super::Draft;
use crate::domain::names::{ChannelId, Medium, Recipient};
use crate::domain::notification::{Family, Notification, Purpose};

impl Draft<'_> {
    /// Whether a channel has money and quota, as far as its provider said.
    pub(super) fn is_open(&self, channel: &ChannelId) -> bool {
        self.state.exhausted.get(channel).is_none_or(|until| *until <= self.moment())
    }

    /// Whether a channel by which a medium reaches somebody has money.
    pub(super) fn has_money(&self, to: &Recipient, medium: Medium) -> bool {
        self.directory.ways_to(to, medium).iter().any(|way| self.is_open(&way.id))
    }

    /// Whether a medium reaches somebody, and money is left for it.
    pub(super) fn leads(&self, to: &Recipient, medium: Medium) -> bool {
        self.unreachable(to, medium).is_none() && self.has_money(to, medium)
    }

    /// Those of some media that reach somebody; where money is left for any, those alone (P10).
    pub(super) fn ways(&self, to: &Recipient, media: &[Medium]) -> Vec<Medium> {
        let reaching = media.iter().copied().filter(|medium| self.unreachable(to, *medium).is_none());
        let (paid, unpaid): (Vec<Medium>, Vec<Medium>) =
            reaching.partition(|medium| self.has_money(to, *medium));
        if paid.is_empty() { unpaid } else { paid }
    }

    /// Whether a message goes by a channel that is known to be without money: what a case asks of somebody does, where
    /// no other medium follows it, and in each round after it was refused. Nobody knows before whether it is paid.
    pub(super) fn goes_unpaid(&self, notification: &Notification) -> bool {
        self.is_urgent_last(notification) || (is_urgent(notification) && notification.failures > 0)
    }

    /// Whether a message asks something of somebody for a case, and no medium with money follows it.
    pub(super) fn is_urgent_last(&self, notification: &Notification) -> bool {
        let follows = || {
            let case = self.state.case(notification.subject.case()?)?;
            let place = notification.place?;
            let (_, rules) = self.step_rules(case, place.plan, place.step)?;
            let next = usize::try_from(place.medium).ok()?.saturating_add(1);
            Some(rules.by.iter().skip(next).any(|medium| self.leads(&notification.to, *medium)))
        };
        is_urgent(notification) && !follows().unwrap_or(false)
    }
}

fn is_urgent(notification: &Notification) -> bool {
    let asks = match notification.purpose.family() {
        Family::Ring | Family::Telephone => true,
        Family::Forms(_) => false,
        Family::Close | Family::Alone => notification.purpose == Purpose::Written,
    };
    asks && notification.by.is_none()
}
