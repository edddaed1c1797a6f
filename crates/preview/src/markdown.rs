//! Text widgets: Markdown with inline HTML, reduced to elements that can do no harm. Nothing of the file becomes HTML:
//! the page makes these elements itself.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::grid::link;
use super::picture::Block;

/// Elements of inline HTML that come through.
const ELEMENTS: [&str; 33] = [
    "a",
    "b",
    "blockquote",
    "br",
    "center",
    "code",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "td",
    "th",
    "tr",
    "u",
    "ul",
];

/// Elements whose content goes with them.
const SWALLOWED: [&str; 5] = ["script", "style", "iframe", "object", "svg"];

/// Style properties of inline HTML that come through.
const STYLES: [&str; 6] = ["color", "background-color", "text-align", "font-weight", "font-style", "font-size"];

/// How deep elements may be nested.
const DEPTH: usize = 64;

/// The blocks of a text.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut tree = Tree::default();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut head = false;
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::TableHead) => {
                head = true;
                tree.open("tr", None, Vec::new());
            }
            Event::End(TagEnd::TableHead) => {
                head = false;
                tree.close("tr");
            }
            Event::Start(tag) => tree.start(tag, head),
            Event::End(end) => tree.close(ending(&end, head)),
            Event::Text(text) => tree.text(&text),
            Event::Code(text) => {
                tree.open("code", None, Vec::new());
                tree.text(&text);
                tree.close("code");
            }
            Event::Html(html) | Event::InlineHtml(html) => tree.html(&html),
            Event::SoftBreak => tree.text(" "),
            Event::HardBreak => tree.empty("br"),
            Event::Rule => tree.empty("hr"),
            _ => {}
        }
    }
    tree.finish()
}

#[derive(Debug, Default)]
struct Tree {
    done: Vec<Block>,
    open: Vec<Block>,
    /// An element whose content is left out.
    swallowing: Option<String>,
}

impl Tree {
    fn start(&mut self, tag: Tag<'_>, head: bool) {
        match tag {
            Tag::Link { dest_url, .. } => self.open("a", link(&dest_url), Vec::new()),
            Tag::Image { .. } => {
                // pictures from elsewhere are not loaded; what they show stands in their place
                self.open("em", None, Vec::new());
                self.text("picture: ");
            }
            other => self.open(element(&other, head), None, Vec::new()),
        }
    }

    fn open(&mut self, element: &str, link: Option<String>, style: Vec<(String, String)>) {
        if self.open.len() < DEPTH && self.swallowing.is_none() {
            self.open.push(Block { element: element.to_owned(), link, style, ..Block::default() });
        }
    }

    fn close(&mut self, element: &str) {
        if !self.open.iter().any(|b| b.element == element) || self.swallowing.is_some() {
            return;
        }
        while let Some(block) = self.open.pop() {
            let last = block.element == element;
            self.put(block);
            if last {
                return;
            }
        }
    }

    fn put(&mut self, block: Block) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(block),
            None => self.done.push(block),
        }
    }

    fn text(&mut self, text: &str) {
        if self.swallowing.is_none() && !text.is_empty() {
            self.put(Block { text: text.to_owned(), ..Block::default() });
        }
    }

    fn empty(&mut self, element: &str) {
        if self.swallowing.is_none() {
            self.put(Block { element: element.to_owned(), ..Block::default() });
        }
    }

    fn html(&mut self, html: &str) {
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            self.words(&rest[..start]);
            rest = &rest[start..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let Some(end) = rest.find('>') else {
                return;
            };
            self.tag(&rest[1..end]);
            rest = &rest[end + 1..];
        }
        self.words(rest);
    }

    fn words(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        self.text(&entities(text.trim_end_matches('\n')));
    }

    fn tag(&mut self, inner: &str) {
        let closing = inner.starts_with('/');
        let inner = inner.trim_start_matches('/').trim_end_matches('/');
        let length = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
        let (name, attributes) = inner.split_at(length);
        let name = name.to_ascii_lowercase();
        if let Some(swallowing) = &self.swallowing {
            if closing && *swallowing == name {
                self.swallowing = None;
            }
        } else if SWALLOWED.contains(&name.as_str()) {
            self.swallowing = (!closing).then_some(name);
        } else if name == "img" && !closing {
            let alt = attribute(attributes, "alt").unwrap_or_default();
            self.open("em", None, Vec::new());
            self.text(&format!("picture: {alt}"));
            self.close("em");
        } else if !ELEMENTS.contains(&name.as_str()) {
        } else if closing {
            self.close(&name);
        } else if name == "br" || name == "hr" {
            self.empty(&name);
        } else {
            let address = attribute(attributes, "href").and_then(|a| link(&entities(&a)));
            let style = attribute(attributes, "style").map(|s| styles(&s)).unwrap_or_default();
            self.open(&name, address, style);
        }
    }

    fn finish(mut self) -> Vec<Block> {
        while let Some(block) = self.open.pop() {
            self.put(block);
        }
        self.done
    }
}

fn element(tag: &Tag<'_>, head: bool) -> &'static str {
    match tag {
        Tag::Heading { level, .. } => heading(*level),
        Tag::BlockQuote(_) => "blockquote",
        Tag::CodeBlock(_) => "pre",
        Tag::List(Some(_)) => "ol",
        Tag::List(None) => "ul",
        Tag::Item => "li",
        Tag::Table(_) => "table",
        Tag::TableRow => "tr",
        Tag::TableCell if head => "th",
        Tag::TableCell => "td",
        Tag::Emphasis => "em",
        Tag::Strong => "strong",
        Tag::Strikethrough => "s",
        Tag::HtmlBlock => "div",
        Tag::Paragraph => "p",
        _ => "span",
    }
}

fn ending(end: &TagEnd, head: bool) -> &'static str {
    match end {
        TagEnd::Heading(level) => heading(*level),
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::CodeBlock => "pre",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Table => "table",
        TagEnd::TableRow => "tr",
        TagEnd::TableCell if head => "th",
        TagEnd::TableCell => "td",
        TagEnd::Emphasis | TagEnd::Image => "em",
        TagEnd::Strong => "strong",
        TagEnd::Strikethrough => "s",
        TagEnd::Link => "a",
        TagEnd::HtmlBlock => "div",
        TagEnd::Paragraph => "p",
        _ => "span",
    }
}

fn heading(level: HeadingLevel) -> &'static str {
    match level {
        HeadingLevel::H1 => "h1",
        HeadingLevel::H2 => "h2",
        HeadingLevel::H3 => "h3",
        HeadingLevel::H4 => "h4",
        HeadingLevel::H5 => "h5",
        HeadingLevel::H6 => "h6",
    }
}

/// The value of an attribute.
fn attribute(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    while let Some(equals) = rest.find('=') {
        let name = rest[..equals].split_whitespace().next_back().unwrap_or_default().to_ascii_lowercase();
        let after = rest[equals + 1..].trim_start();
        let (value, left) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            _ => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if name == wanted {
            return Some(value.to_owned());
        }
        rest = left;
    }
    None
}

/// Properties of a `style` that come through, with plain values only.
fn styles(text: &str) -> Vec<(String, String)> {
    text.split(';')
        .filter_map(|declaration| {
            let (name, value) = declaration.split_once(':')?;
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
            let plain = value.len() <= 40 && value.chars().all(|c| c.is_ascii_alphanumeric() || "#%., -".contains(c));
            (STYLES.contains(&name.as_str()) && plain).then(|| (name, value.to_owned()))
        })
        .collect()
}

fn entities(text: &str) -> CowStr<'_> {
    if !text.contains('&') {
        return text.into();
    }
    let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", "\u{a0}"), ("&amp;", "&")];
    names.iter().fold(text.to_owned(), |text, (name, meaning)| text.replace(name, meaning)).into()
}

#[cfg(test)]
mod tests {
    use super::super::picture::Block;
    use super::{ELEMENTS, blocks};

    fn shown(blocks: &[Block]) -> String {
        blocks
            .iter()
            .map(|b| match b.element.as_str() {
                "" => b.text.clone(),
                e => {
                    let link = b.link.as_ref().map(|l| format!(" {l}")).unwrap_or_default();
                    let style: String = b.style.iter().map(|(k, v)| format!(" {k}={v}")).collect();
                    format!("<{e}{link}{style}>{}</{e}>", shown(&b.children))
                }
            })
            .collect()
    }

    #[test]
    fn markdown_becomes_elements() {
        assert_eq!(shown(&blocks("# A *b*\n\ntext `c`\n")), "<h1>A <em>b</em></h1><p>text <code>c</code></p>");
        assert_eq!(shown(&blocks("- a\n- [b](https://e.com)\n")), "<ul><li>a</li><li><a https://e.com>b</a></li></ul>");
        assert_eq!(
            shown(&blocks("| x | y |\n|---|---|\n| 1 | 2 |\n")),
            "<table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>"
        );
    }

    #[test]
    fn harmless_html_comes_through_and_harmful_does_not() {
        assert_eq!(shown(&blocks("<b>a</b> &amp; <u>c</u>")), "<p><b>a</b> & <u>c</u></p>");
        assert_eq!(
            shown(&blocks("a <span style=\"color:#fff; position:fixed; background:url(x)\" onclick='x()'>b</span>")),
            "<p>a <span color=#fff>b</span></p>"
        );
        assert_eq!(shown(&blocks("a <script>alert(1)</script> b")), "<p>a  b</p>");
        assert_eq!(shown(&blocks("<script>\nalert(1)\n</script>\n\nb")), "<div></div><p>b</p>");
        assert_eq!(shown(&blocks("<iframe src=x></iframe><a href=\"javascript:x\">c</a>")), "<div><a>c</a></div>");
        assert_eq!(shown(&blocks("[a](javascript:x)")), "<p><a>a</a></p>");
        assert_eq!(shown(&blocks("![logo](https://e.com/x.png)")), "<p><em>picture: logo</em></p>");
        assert_eq!(shown(&blocks("x <img src=x onerror=alert(1) alt='l'> y")), "<p>x <em>picture: l</em> y</p>");
    }

    #[test]
    fn nothing_but_the_known_elements_comes_out() {
        let nasty = "<div><p><b>".repeat(500) + "<svg onload=x><foreignObject>x</svg><!-- <b> --><x-y>z</x-y></b><";
        fn check(blocks: &[Block]) {
            for block in blocks {
                let known = block.element.is_empty() || ELEMENTS.contains(&block.element.as_str());
                assert!(known, "{}", block.element);
                check(&block.children);
            }
        }
        check(&blocks(&nasty));
        check(&blocks("<"));
    }
}
