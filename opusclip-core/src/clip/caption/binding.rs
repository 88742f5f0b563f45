//! Words that belong to the one after them, so that no line ends with them.

/// Articles, prepositions, conjunctions and auxiliaries, by language.
const BINDING: &[(&str, &str)] = &[
    (
        "en",
        "a an the of to in on at for with by from as into onto about over under between through and or but nor so \
         if that than because my your his her its our their this these those i we they he she is are was were be been \
         am have has had do does did will would can could shall should may might must not no very mr mrs ms dr",
    ),
    (
        "de",
        "der die das den dem des ein eine einen einem einer eines kein keine und oder aber denn dass ob weil wenn als \
         in im an am auf aus bei beim mit nach von vom zu zum zur für über unter vor durch ohne um gegen mein dein \
         sein ihr unser ist sind war waren hat haben wird werden kann nicht sehr herr frau dr",
    ),
    (
        "fr",
        "le la les un une des du de d' l' au aux à en dans sur sous avec pour par chez sans vers et ou mais donc car \
         que qui si mon ma mes ton ta tes son sa ses notre votre leur ce cette ces est sont a ont ne pas très m mme",
    ),
    (
        "es",
        "el la los las un una unos unas de del al a en con por para sin sobre entre hasta desde y e o u pero que si mi \
         mis tu tus su sus este esta estos estas es son ha han no muy",
    ),
    (
        "it",
        "il lo la i gli le un uno una di del della dei delle da dal dalla a al alla in nel nella con per su sul tra fra \
         e o ma che se mio mia suo sua questo questa è sono ha hanno non molto",
    ),
    (
        "pt",
        "o a os as um uma uns umas de do da dos das em no na nos nas com por pelo pela para sem sobre e ou mas que se \
         meu minha seu sua este esta é são tem têm não muito",
    ),
    (
        "nl",
        "de het een van in op aan met voor door uit over onder bij naar tot om en of maar want dat die als mijn jouw \
         zijn haar ons hun is was heeft hebben wordt niet zeer",
    ),
];

/// Should no line end between these two words?
pub(super) fn binds(word: &str, next: &str, language: Option<&str>) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'').to_lowercase();
    if word.ends_with(['.', ',', ';', ':', '!', '?', '…']) && !matches!(bare.as_str(), "mr" | "mrs" | "ms" | "dr") {
        return false;
    }
    let lists = BINDING.iter().filter(|(code, _)| language.is_none_or(|language| language == *code));
    let listed = lists.into_iter().any(|(_, words)| words.split(' ').any(|known| known == bare));
    listed || number_and_unit(&bare, next) || name(word) && name(next)
}

/// `12 kilometres`, `5 %`
fn number_and_unit(word: &str, next: &str) -> bool {
    let digits = word.chars().next_back().is_some_and(|c| c.is_ascii_digit());
    digits && next.chars().next().is_some_and(|c| c.is_lowercase() || c == '%' || c == '€' || c == '°')
}

/// A capital and small letters: in the middle of a sentence, a name.
fn name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::binds;

    #[test]
    fn articles_units_and_names_hold_on_to_what_follows() {
        for (word, next, language) in [
            ("the", "lighthouse", "en"),
            ("of", "it", "en"),
            ("12", "miles", "en"),
            ("Henry", "Winstanley", "en"),
            ("Mr.", "Smith", "en"),
            ("dem", "Turm", "de"),
            ("la", "torre", "es"),
        ] {
            assert!(binds(word, next, Some(language)), "{word} {next}");
        }
        for (word, next) in [("lighthouse", "stood"), ("it.", "The"), ("die", "young"), ("Plymouth,", "Devon")] {
            assert!(!binds(word, next, Some("en")), "{word} {next}");
        }
    }
}
