use proptest::prelude::*;

use super::*;

const CLIP: [&str; 5] = [
    "So, um, why does sourdough bread rise without any yeast from the shop?",
    "Well, wild yeast lives on the flour, and it eats the sugar that the flour is made of, which takes about twelve hours.",
    "And the gas that it breathes out lifts the dough.",
    "You know, that's it.",
    "The crust of sourdough bread gets its colour from the sugar that is left.",
];

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c.is_control() || "。！？".contains(c))
        .map(plain)
        .filter(|word| !word.is_empty())
        .collect()
}

fn talk() -> Vec<&'static str> {
    let mut talk = vec!["The weather was fine in the city.", "We went to the station.", "The train was late."];
    talk.extend(CLIP);
    talk
}

#[test]
fn a_post_is_short_and_begins_and_ends_well() {
    let post = describe(&CLIP, &talk(), Some("en"));
    assert_eq!(post.hook, "Wild yeast lives on the flour");
    assert!(post.title.chars().count() <= 70 && post.hook.chars().count() <= 60);
    assert!(post.description.chars().count() <= 200 && post.description.ends_with('.'));
    for text in [&post.title, &post.hook, &post.description] {
        assert!(text.starts_with(char::is_uppercase), "{text}");
        let first = plain(text.split(' ').next().unwrap());
        assert!(!["so", "um", "well", "and", "you"].contains(&first.as_str()), "{text}");
    }
    assert!(!post.title.ends_with('.') && !post.hook.ends_with('.'));
    assert!(post.extractive);
}

#[test]
fn keywords_are_what_the_clip_is_about() {
    let post = describe(&CLIP, &talk(), Some("en"));
    let all = post.keywords.join(" ").to_lowercase();
    for word in ["sourdough", "yeast", "flour"] {
        assert!(all.contains(word), "{all}");
    }
    assert!((3..=5).contains(&post.hashtags.len()), "{:?}", post.hashtags);
    assert!(post.hashtags.contains(&"#SourdoughBread".to_owned()), "{:?}", post.hashtags);
}

#[test]
fn a_long_sentence_is_cut_where_nothing_is_left_hanging() {
    let long = "The reason that our telescopes look at the planets of the nearest stars with so much patience and care is water";
    let post = describe(&[long], &[], Some("en"));
    let last = plain(post.title.rsplit(' ').next().unwrap());
    assert!(post.title.starts_with("The reason") && post.title.chars().count() <= 70);
    assert!(!Lexicon::new(Some("en")).is_stop(&last), "{}", post.title);
}

#[test]
fn scripts_without_blanks_are_not_cut_inside_of_words() {
    let clip = ["面包为什么会发起来？", "因为酵母吃糖，然后放出气体，面包就发起来了。", "面包师傅都知道面包的秘密。"];
    let post = describe(&clip, &clip, Some("zh"));
    assert_eq!(post.hook, "面包为什么会发起来？");
    assert_eq!(post.keywords, ["面包"]);
    assert_eq!(post.hashtags, ["#面包"]);
    let long = "面".repeat(300);
    assert_eq!(describe(&[&long], &[], Some("zh")).title, "");
}

#[test]
fn a_clip_without_words_has_an_empty_post() {
    let empty = Post { extractive: true, ..Post::default() };
    assert_eq!(describe(&[], &[], None), empty);
    assert_eq!(describe(&["", "...", "♪ ♪"], &[], None).keywords, empty.keywords);
}

proptest! {
    #[test]
    fn every_word_is_one_of_the_clip(texts in prop::collection::vec("(\\PC{0,14}[ .,?']){0,20}", 0..8)) {
        let sentences: Vec<&str> = texts.iter().map(String::as_str).collect();
        for language in [None, Some("en"), Some("de")] {
            let post = describe(&sentences, &sentences, language);
            let own: HashSet<String> = texts.iter().flat_map(|text| words(text)).collect();
            prop_assert!(post.title.chars().count() <= TITLE && post.hook.chars().count() <= HOOK);
            prop_assert!(post.description.chars().count() <= DESCRIPTION);
            for text in [&post.title, &post.hook, &post.description] {
                for word in words(text) {
                    prop_assert!(own.iter().any(|own| own.contains(&word)), "{word} of {text} is not in {texts:?}");
                }
            }
            for tag in &post.hashtags {
                prop_assert!(tag.chars().skip(1).all(char::is_alphanumeric));
            }
            prop_assert_eq!(describe(&sentences, &sentences, language), post);
        }
    }
}
