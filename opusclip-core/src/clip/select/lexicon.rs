//! Small English word lists behind the features of a text. Other languages get neutral values.
//!
//! A list is a text of words in lower case with a blank between them.

pub(super) use crate::clip::text::plain;

/// Words that, as a first word, point to something said before.
pub(super) const DANGLING: &str = "\
    and but so or nor because which who whom whose that this these those he she it they him her them his its their \
    it's that's he's she's they're then also too therefore otherwise anyway plus yeah yes okay ok well right exactly";

/// Words that begin a question or the answer to one that nobody asked yet.
pub(super) const QUESTIONS: &str = "why how what who";

/// Words that speak to the viewer.
pub(super) const ADDRESS: &str = "you your yours you're you've you'll you'd yourself imagine listen look let's";

/// Numbers that are written as words. `one` mostly is no number.
pub(super) const NUMBERS: &str = "\
    two three four five six seven eight nine ten twenty thirty fifty hundred thousand million billion percent half \
    twice first";

/// Strong words and words of contrast.
pub(super) const STRONG: &str = "\
    never always nobody everybody everyone nothing everything secret mistake wrong truth lie myth actually really \
    best worst biggest most only impossible incredible amazing crazy insane shocking terrible love hate fear afraid \
    stop warning problem danger dangerous fail failed kill killed die died free instead however unlike despite \
    although but yet suddenly finally";

/// The commonest words of English: about every fourth word of a text in English is one of them.
const COMMON: &str = "the and to of a in is that it you i was for we this";

/// A text is English if at least this share of its words is in [`COMMON`]; in other languages it is under a twentieth.
const ENGLISH: f64 = 0.1;
/// So many words tell.
const SAMPLE: usize = 2000;

/// Is the word, as made by [`plain`], in the list?
pub(super) fn holds(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

/// Is the text English?
pub(super) fn english<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    let (mut all, mut common) = (0u32, 0u32);
    for word in words.take(SAMPLE) {
        all += 1;
        common += u32::from(holds(COMMON, &plain(word)));
    }
    all > 0 && f64::from(common) >= ENGLISH * f64::from(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_told_from_other_languages() {
        let is = |text: &str| english(text.split_whitespace());
        assert!(is("From fairest creatures we desire increase, that thereby the rose of beauty might never die"));
        assert!(!is("C'est évident ce que dit Nicolas, mais je ne me l'étais jamais formulé comme ça."));
        assert!(!is("Du kannst von Glück sagen, dass dein Blut noch in deinen Adern fließt."));
        assert!(!is(""));
    }
}
