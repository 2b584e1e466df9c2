//! Results as JUnit XML, the form that every CI system reads.

use std::fmt::Write;
use std::time::Duration;

use crate::output::sanitise::{Breaks, append_text, is_hidden};

/// One run's results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSuite {
    pub name: String,
    /// Its cases, in order.
    pub cases: Vec<TestCase>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    pub name: String,
    /// Group of the case; CI systems group by it.
    pub classname: String,
    /// Time that it took.
    pub time: Duration,
    pub outcome: TestOutcome,
}

/// Result of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    Passed,
    Failed {
        /// In one line.
        message: String,
        /// All that is known.
        details: String,
    },
    /// It was not tried, or does not count; holds why.
    Skipped(String),
}

impl TestSuite {
    /// The document. Characters that XML cannot hold are written as `�`, those that a reader does not see as `\u{202e}`.
    pub fn to_xml(&self) -> String {
        let count = |wanted: fn(&TestOutcome) -> bool| self.cases.iter().filter(|case| wanted(&case.outcome)).count();
        let failures = count(|outcome| matches!(outcome, TestOutcome::Failed { .. }));
        let skipped = count(|outcome| matches!(outcome, TestOutcome::Skipped(_)));
        let time: Duration = self.cases.iter().map(|case| case.time).sum();
        let counts = format!(
            "name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{:.3}\"",
            escaped(&self.name),
            self.cases.len(),
            time.as_secs_f64()
        );
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        let _ = writeln!(xml, "  <testsuite {counts}>");
        self.cases.iter().for_each(|case| case.append(&mut xml));
        xml.push_str("  </testsuite>\n</testsuites>\n");
        xml
    }
}

impl TestCase {
    fn append(&self, xml: &mut String) {
        let (name, class) = (escaped(&self.name), escaped(&self.classname));
        let time = self.time.as_secs_f64();
        let _ = write!(xml, "    <testcase name=\"{name}\" classname=\"{class}\" time=\"{time:.3}\"");
        let _ = match &self.outcome {
            TestOutcome::Passed => writeln!(xml, "/>"),
            TestOutcome::Failed { message, details } => {
                let (message, details) = (escaped(message), escaped(details));
                writeln!(xml, ">\n      <failure message=\"{message}\">{details}</failure>\n    </testcase>")
            }
            TestOutcome::Skipped(why) => {
                writeln!(xml, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(why))
            }
        };
    }
}

/// Text as XML holds it, in attributes and between tags alike.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Written as they are, they would become blanks in an attribute.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            // XML could hold these, and whatever shows the report would obey or hide them.
            hidden if is_hidden(hidden) => append_text(&mut out, hidden.encode_utf8(&mut [0; 4]), Breaks::Escape),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{TestCase, TestOutcome, TestSuite};

    fn case(name: &str, outcome: TestOutcome) -> TestCase {
        TestCase { name: name.to_owned(), classname: "c".to_owned(), time: Duration::from_millis(1_500), outcome }
    }

    #[test]
    fn a_suite_counts_its_cases_and_says_what_failed() {
        let failed = TestOutcome::Failed { message: "got 200".to_owned(), details: "a\nb".to_owned() };
        let cases = vec![
            case("one", TestOutcome::Passed),
            case("two", failed),
            case("three", TestOutcome::Skipped("why".to_owned())),
        ];
        let expected = concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n",
            "  <testsuite name=\"s\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"4.500\">\n",
            "    <testcase name=\"one\" classname=\"c\" time=\"1.500\"/>\n",
            "    <testcase name=\"two\" classname=\"c\" time=\"1.500\">\n",
            "      <failure message=\"got 200\">a&#10;b</failure>\n    </testcase>\n",
            "    <testcase name=\"three\" classname=\"c\" time=\"1.500\">\n",
            "      <skipped message=\"why\"/>\n    </testcase>\n",
            "  </testsuite>\n</testsuites>\n",
        );
        assert_eq!(TestSuite { name: "s".to_owned(), cases }.to_xml(), expected);
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced_and_what_means_something_is_escaped() {
        let xml = TestSuite { name: "<a & \"b\">\x1b\0".to_owned(), cases: Vec::new() }.to_xml();
        assert!(xml.contains("name=\"&lt;a &amp; &quot;b&quot;&gt;\u{fffd}\u{fffd}\""), "{xml}");
    }
    #[test]
    fn controls_beyond_ascii_and_marks_of_direction_become_visible() {
        let cases = vec![case("a\u{202e}b\u{85}", TestOutcome::Skipped("\u{7f}\u{9b}31m\u{2066}".to_owned()))];
        let xml = TestSuite { name: "s".to_owned(), cases }.to_xml();
        assert!(xml.contains("name=\"a\\u{202e}b\\u{85}\""), "{xml}");
        assert!(xml.contains("message=\"\\x7f\\u{9b}31m\\u{2066}\""), "{xml}");
        assert!(!xml.contains(|c: char| c != '\n' && super::is_hidden(c)), "{xml}");
    }
}
