//! Providers that are known: what they are told, and what is wrong with it.

use std::time::Duration;

use super::Copy;
use super::warnings::titles;
use crate::channel::Preset;
use crate::config::{ChannelSettings, load};

const TOKEN: &str = "d1f0c4-canary";

fn robot(lines: &str) -> Copy {
    let text = format!("[[channel]]\nid = \"group\"\nmedium = \"robot\"\nkind = \"webhook\"\n{lines}\n");
    Copy::new().write("zz.toml", &text)
}

/// The preset of a robot that was read, and the limits that the rules know of it.
#[track_caller]
fn read(lines: &str) -> (Preset, Vec<(Duration, usize)>) {
    let copy = robot(lines);
    let configuration = load(copy.path()).map_err(|_failed| copy.mistakes()).unwrap().configuration;
    let (id, settings) = configuration.channels.iter().find(|(id, _)| id.as_str() == "group").unwrap();
    let rules = configuration.directory.channel(id).unwrap();
    let ChannelSettings::Preset(settings) = settings else { panic!("no preset") };
    (settings.preset.clone(), rules.per_callee.clone())
}

#[test]
fn a_robot_is_told_by_its_key_or_by_the_whole_address_that_its_group_shows() {
    let address = format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}");
    for key in [TOKEN, &*address] {
        let (preset, limits) = read(&format!("preset = \"wecom\"\nkey = \"{key}\""));
        assert!(matches!(preset, Preset::WeCom { key } if key.expose() == TOKEN));
        assert_eq!(limits, [(Duration::from_secs(3), 1), (Duration::from_mins(1), 18)]);
    }
    let address = format!("https://oapi.dingtalk.com/robot/send?access_token={TOKEN}&x=1");
    let (preset, _) =
        read(&format!("preset = \"dingtalk\"\ntoken = \"{address}\"\nsecret = \"SECx\"\nkeyword = \"值班\""));
    let Preset::DingTalk { token, secret, keyword } = preset else { panic!("another one") };
    assert_eq!((token.expose(), keyword.as_deref()), (TOKEN, Some("值班")));
    assert_eq!(secret.as_ref().map(crate::channel::Secret::expose), Some("SECx"));
    let address = format!("https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}");
    let own = "limits = { per_callee = { \"1m\" = 5 } }";
    let (preset, limits) = read(&format!("preset = \"feishu\"\ntoken = \"{address}\"\n{own}"));
    assert!(matches!(preset, Preset::Feishu { token, .. } if token.expose() == TOKEN));
    assert_eq!(limits, [(Duration::from_mins(1), 5)], "limits of one's own take the place of the provider's");
}

#[test]
fn what_a_preset_lacks_or_has_of_its_own_is_named() {
    for (lines, expected) in [
        ("preset = \"wechat\"", "channel \"group\": preset: there is no"),
        ("preset = \"ntfy\"", "channel \"group\": topic: missing"),
        ("preset = \"twilio-sms\"\nfrom = \"MG1\"", "channel \"group\": account_sid: missing"),
        ("preset = \"wecom\"", "channel \"group\": key: missing"),
        ("preset = \"wecom\"\nkey = \" \"", "channel \"group\": key: empty"),
        ("preset = \"dingtalk\"\nsecret = \"SECx\"", "channel \"group\": token: missing"),
        (
            "preset = \"feishu\"\ntoken = \"t\"\nbody = '{}'",
            "channel \"group\": body: a preset has this of its own",
        ),
        (
            "preset = \"wecom\"\nkey = \"k\"\nurl = \"http://gateway.example.cn\"",
            "channel \"group\": url: http:// sends messages in the clear",
        ),
        ("preset = \"wecom\"\nkey = \"k\"\ntoken = \"t\"", "channel \"group\": token: there is no such key"),
    ] {
        let found = robot(lines).mistakes();
        assert!(found.contains(expected), "{lines}: {found}");
        assert!(!found.contains(TOKEN), "{found}");
    }
    let topic = robot("preset = \"ntfy\"\ntopic = \"duty-canary\"\nurl = \"https://ntfy.example.cn\"");
    assert_eq!(
        titles(topic.path()).len(),
        titles(super::example()).len() + 1,
        "a topic in the clear is warned of"
    );
    let account = "preset = \"twilio-sms\"\naccount_sid = \"AC1\"\nauth_token = { env = \"HOME\" }";
    let group = robot(&format!("{account}\nfrom = \"+15005550006\""));
    assert!(group.mistakes().contains("preset: this sends SMS"), "{}", group.mistakes());
    let sms = group.change("zz.toml", "\"robot\"", "\"sms\"");
    assert_eq!(sms.mistakes(), "");
    let sms = robot("preset = \"wecom\"\nkey = \"k\"").change("zz.toml", "\"robot\"", "\"sms\"");
    assert!(sms.mistakes().contains("preset: this writes to a group"), "{}", sms.mistakes());
    let good = titles(robot("preset = \"wecom\"\nkey = { env = \"HOME\" }").path());
    assert_eq!(good, titles(super::example()));
}
