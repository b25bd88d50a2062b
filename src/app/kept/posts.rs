//! Who came to a post of a unit while the daemon was down: the configuration that was kept last is held against the one
//! that it starts with.
//!
//! **Invariant.** Where nobody can tell who held the posts, nobody came to one.

use super::{Copy, Read, last_copy, token};
use crate::domain::directory::Directory;
use crate::domain::fact::PostTaken;
use crate::domain::names::UnitId;
use crate::engine::Published;
use crate::vault::Blind;

/// The keys of a unit's posts.
const POSTS: [&str; 3] = ["leader", "liaison", "deputy"];

/// Whoever holds a post of a unit and held none of it by the configuration that was kept last.
pub(in crate::app) fn taken(published: &Published, read: &Read<'_>, next: &Directory) -> Vec<PostTaken> {
    let last = published.state.configuration_kept.as_ref();
    if last.is_none_or(|last| last.sha256.as_deref() == Some(read.sha256)) {
        return Vec::new();
    }
    let (Some(blind), Some((_, before))) = (published.stores.blind.as_ref(), last_copy(published)) else {
        return Vec::new();
    };
    taken_since(&before, (read, blind), next)
}

fn taken_since(before: &Copy, (read, blind): (&Read<'_>, &Blind), next: &Directory) -> Vec<PostTaken> {
    let path = |unit: &UnitId, post: &str| format!("unit \"{unit}\": {post}");
    let mut taken: Vec<PostTaken> = Vec::new();
    for (id, unit) in &next.units {
        let paths = POSTS.map(|post| path(id, post));
        let held = paths.iter().filter_map(|path| Some((path, before.keys.get(path)?)));
        let held: Vec<_> = held.collect();
        if held.is_empty() {
            // The unit is new, or the copy had no room for its posts.
            continue;
        }
        let holders = [Some(&unit.leader), Some(&unit.liaison), unit.deputy.as_ref()];
        for (path, person) in paths.iter().zip(holders) {
            let (Some(person), Some(says)) = (person, read.said.0.get(path)) else { continue };
            // What a key says has another token below each key: it is looked for below those of all posts.
            let is_known = held.iter().any(|(path, known)| known.token == token(blind, path, says));
            let new = PostTaken { unit: id.clone(), person: person.clone() };
            if !is_known && !taken.contains(&new) {
                taken.push(new);
            }
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::super::copy;
    use super::super::tests::read;
    use super::*;

    /// What is found between the example and the example with these words in place of others.
    #[track_caller]
    fn check(changes: &[(&str, &str)], expected: &[&str]) {
        let blind = Blind::new(Zeroizing::new([7; 32]));
        let (old, _folder) = read(|text| text);
        let (new, _other) =
            read(|text| changes.iter().fold(text, |text, (before, after)| text.replacen(before, after, 1)));
        let before = copy(&Read::of(&old), &blind);
        let taken = taken_since(&before, (&Read::of(&new), &blind), &new.configuration.directory);
        let told: Vec<String> = taken.iter().map(|it| format!("{} {}", it.unit, it.person)).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn whoever_holds_a_post_and_held_none_of_the_unit_came_to_it() {
        check(&[], &[]);
        check(&[("liaison = \"p22\"", "liaison = \"p12\"")], &["auction p12"]);
        // Once, in whatever posts.
        let both = [("leader = \"p21\"", "leader = \"p12\""), ("liaison = \"p22\"", "liaison = \"p12\"")];
        check(&both, &["auction p12"]);
    }

    #[test]
    fn whoever_changes_posts_within_a_unit_and_whoever_has_a_new_unit_came_to_none() {
        let swapped = [("leader = \"p21\"", "leader = \"p22\""), ("liaison = \"p22\"", "liaison = \"p21\"")];
        check(&swapped, &[]);
        let new = "[[unit]]\nid = \"dining\"\nname = \"食堂\"\nleader = \"p11\"\nliaison = \"p12\"\n\n[[unit]]\nid = \"auction\"";
        check(&[("[[unit]]\nid = \"auction\"", new)], &[]);
    }

    #[test]
    fn of_a_copy_without_room_for_posts_nobody_can_tell() {
        let blind = Blind::new(Zeroizing::new([7; 32]));
        let (old, _folder) = read(|text| text);
        let (new, _other) = read(|text| text.replacen("liaison = \"p22\"", "liaison = \"p12\"", 1));
        let mut before = copy(&Read::of(&old), &blind);
        before.keys = before.rules();
        let taken = taken_since(&before, (&Read::of(&new), &blind), &new.configuration.directory);
        assert!(taken.is_empty(), "{taken:?}");
    }
}
