//! What a model sees of a text: contacts, bank numbers and secrets in the forms that people paste, and what stays.

use serde_json::Value;

use super::Lab;
use super::usecases::{calm, text};

/// A text as it is in the CRM, and as it is prepared.
const TEXTS: &[(&str, &str)] = &[
    // cards
    ("pay with 4111 1111 1111 1111 today", "pay with [bank] today"),
    ("pay with 4111-1111-1111-1111 today", "pay with [bank] today"),
    ("card 4111111111111111.", "card [bank]."),
    ("card 4111.1111.1111.1111", "card [bank]"),
    ("card 4111 - 1111 - 1111 - 1111", "card [bank]"),
    ("order 4111111111111112 stays", "order 4111111111111112 stays"),
    ("order 1234 5678 9012 3456 stays", "order 1234 5678 9012 3456 stays"),
    ("order 1234567890123456 stays", "order 1234567890123456 stays"),
    ("order 4500 4111 1111 1111 1111", "order 4500 [bank]"),
    ("in 10 4500 4111 1111 1111 1111 12", "in 10 4500 [bank] 12"),
    ("amex 3782 822463 10005", "amex [bank]"),
    ("amex 378282246310005", "amex [bank]"),
    ("diners 3056 930902 5904", "diners [bank]"),
    ("mc 5555555555554444 and visa 4242 4242 4242 4242", "mc [bank] and visa [bank]"),
    ("\u{ff14}111 \u{ff11}111 1111 1111", "[bank]"),
    ("4111\u{a0}1111\u{a0}1111\u{a0}1111", "[bank]"),
    ("4111\u{2013}1111\u{2011}1111\u{2212}1111", "[bank]"),
    ("from 2026-11-29 2026-12-05", "from 2026-11-29 2026-12-05"),
    ("mir 2200 0000 0000 0004", "mir [bank]"),
    ("4111 1111 1111 1111, 4111 1111 1111 1111", "[bank], [bank]"),
    // iban
    ("DE89 3704 0044 0532 0130 00", "[bank]"),
    ("de89370400440532013000", "[bank]"),
    ("GB33BUKB20201555555555", "[bank]"),
    ("DE89-3704-0044-0532-0130-00", "[bank]"),
    // phones: the twenty largest countries
    ("India 98765 43210", "India [phone]"),
    ("India 098765 43210", "India [phone]"),
    ("India 022-2345 6789", "India [phone]"),
    ("China 138 0055 1234", "China [phone]"),
    ("China 13800551234", "China [phone]"),
    ("China (010) 5555 1234", "China [phone]"),
    ("China 010-5555 1234", "China [phone]"),
    ("US (555) 010-4477", "US [phone]"),
    ("US 555.010.4477", "US [phone]"),
    ("US 1-800-555-0100", "US [phone]"),
    ("Indonesia 0812-3456-7890", "Indonesia [phone]"),
    ("Indonesia (021) 555 01234", "Indonesia [phone]"),
    ("Pakistan 0300-1234567", "Pakistan [phone]"),
    ("Pakistan (021) 111 222 333", "Pakistan [phone]"),
    ("Nigeria 0803 123 4567", "Nigeria [phone]"),
    ("Brazil (11) 95550-1234", "Brazil [phone]"),
    ("Brazil 11 95550-1234", "Brazil [phone]"),
    ("Brazil 11 5555-1234", "Brazil [phone]"),
    ("Bangladesh 01712-345678", "Bangladesh [phone]"),
    ("Bangladesh 01712345678", "Bangladesh [phone]"),
    ("Russia 8 (495) 555-01-23", "Russia [phone]"),
    ("Russia 8-495-555-01-23", "Russia [phone]"),
    ("Russia 8 495 555 0123", "Russia [phone]"),
    ("Russia (495) 555-01-23", "Russia [phone]"),
    ("Ethiopia 091 123 4567", "Ethiopia [phone]"),
    ("Ethiopia 0911 23 45 67", "Ethiopia [phone]"),
    ("Mexico 55 5550 1234", "Mexico [phone]"),
    ("Mexico (55) 5550 1234", "Mexico [phone]"),
    ("Mexico 55-5550-1234", "Mexico [phone]"),
    ("Mexico 664 123 4567", "Mexico [phone]"),
    ("Japan 03-5550-1234", "Japan [phone]"),
    ("Japan 090-1234-5678", "Japan [phone]"),
    ("Egypt 02 2345 6789", "Egypt [phone]"),
    ("Egypt 010 1234 5678", "Egypt [phone]"),
    ("Philippines 0917 123 4567", "Philippines [phone]"),
    ("Philippines (02) 8123 4567", "Philippines [phone]"),
    ("Congo 081 234 5678", "Congo [phone]"),
    ("Vietnam 091 234 56 78", "Vietnam [phone]"),
    ("Vietnam 024 3825 1234", "Vietnam [phone]"),
    ("Iran 021-1234 5678", "Iran [phone]"),
    ("Iran \u{6f0}\u{6f2}\u{6f1}-\u{6f1}\u{6f2}\u{6f3}\u{6f4} \u{6f5}\u{6f6}\u{6f7}\u{6f8}", "Iran [phone]"),
    ("Turkey 0532 123 45 67", "Turkey [phone]"),
    ("Turkey (0532) 123 45 67", "Turkey [phone]"),
    ("Turkey 0 (532) 123 45 67", "Turkey [phone]"),
    ("Turkey 532 123 45 67", "Turkey [phone]"),
    ("Germany 030/2345 678", "Germany [phone]"),
    ("Germany 0170 5550123", "Germany [phone]"),
    ("Germany (030) 2345678", "Germany [phone]"),
    ("Thailand 02 123 4567", "Thailand [phone]"),
    ("Thailand 081-234-5678", "Thailand [phone]"),
    ("UK 020 7946 0958", "UK [phone]"),
    ("UK 07700 900123", "UK [phone]"),
    ("France 01.99.00.12.34", "France [phone]"),
    ("Italy 02/5550123", "Italy [phone]"),
    ("+44\u{a0}20\u{2011}7946\u{202f}0958", "[phone]"),
    ("%2B44%2020%207946%200958", "[phone]"),
    ("\u{ff0b}\u{ff14}\u{ff14}20 7946 0958", "[phone]"),
    // not phones
    ("by 2026-11-29 or 29.11.2026", "by 2026-11-29 or 29.11.2026"),
    ("revenue 1,200,000 or 120 000 000", "revenue 1,200,000 or 120 000 000"),
    ("from 2026 to 2027", "from 2026 to 2027"),
    ("05/12/2026 and 5-12-2026", "05/12/2026 and 5-12-2026"),
    // e-mail
    ("ana.b@example.com", "[e-mail]"),
    ("\u{430}\u{43d}\u{43d}\u{430}@\u{43f}\u{43e}\u{447}\u{442}\u{430}.example", "[e-mail]"),
    ("ana@b\u{fc}cher.example", "[e-mail]"),
    ("bo (at) example (dot) org", "[e-mail]"),
    ("bo [at] example.org", "[e-mail]"),
    ("ana&#64;example&#46;com", "[e-mail]"),
    ("bo%40example%2Eorg", "[e-mail]"),
    ("\u{ff41}\u{ff4e}\u{ff41}\u{ff20}example.com", "[e-mail]"),
    // secrets
    ("password: hunter2!", "[secret]"),
    ("p\u{430}ssw\u{43e}rd: hunter2", "[secret]"),
    ("\u{ff50}\u{ff41}\u{ff53}\u{ff53}\u{ff57}\u{ff4f}\u{ff52}\u{ff44}\u{ff1a}hunter2", "[secret]"),
    ("\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}: tajna9", "[secret]"),
    ("\u{5bc6}\u{7801}\u{ff1a}abc123", "[secret]"),
    ("pa\u{200b}ss\u{ad}word is hunter2", "[secret]"),
    ("\u{1d429}\u{1d41a}\u{1d42c}\u{1d42c}\u{1d430}\u{1d428}\u{1d42b}\u{1d41d} = x9", "[secret]"),
    ("mailbox pin: 4711", "mailbox [secret]"),
    ("the token of trust was given", "the token of trust was given"),
];

#[test]
fn engine_contacts_bank_numbers_and_secrets_are_masked_in_every_form_and_nothing_else() {
    let rows: Vec<String> = TEXTS
        .iter()
        .enumerate()
        .map(|(i, (before, _))| calm(&format!("T{i:03}"), vec![("implementation_notes", text(before))]))
        .collect();
    let lab = Lab::with_usecases(&rows);
    let job = lab.deploy();
    lab.run(job);
    let prepared = lab.map("SELECT usecase_id, piq_text_implementation_notes FROM piq_batch");
    assert_eq!(prepared.len(), TEXTS.len());
    let wrong: Vec<String> = TEXTS
        .iter()
        .enumerate()
        .map(|(i, (before, after))| (before, after, &prepared[&format!("T{i:03}")]))
        .filter(|(_, after, found)| **after != found.as_str())
        .map(|(before, after, found)| format!("`{before}`: expected `{after}`, found `{found}`"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn engine_text_without_spaces_is_cut_at_the_limit_and_not_to_nothing() {
    let texts = [
        "\u{5ba2}\u{6237}".repeat(1_050),
        "\u{0e25}".repeat(2_100),
        format!("https://crm.example/{}", "a".repeat(2_100)),
    ];
    let rows: Vec<String> = texts
        .iter()
        .enumerate()
        .map(|(i, long)| calm(&format!("L{i}"), vec![("implementation_notes", text(long))]))
        .collect();
    let lab = Lab::with_usecases(&rows);
    let job = lab.deploy();
    lab.run(job);
    let lengths = lab.sql("SELECT length(piq_text_implementation_notes) FROM piq_batch");
    assert_eq!(lengths, vec![vec![Value::from("2000")]; 3]);
}

#[test]
fn engine_a_model_masks_names_once_before_other_questions_see_the_notes() {
    let notes = "Ada Quill signs the plan for the plant in Lindby.";
    let lab = Lab::with_usecases(&[calm("M1", vec![("implementation_notes", text(notes))])]);
    let masked = "notes_without_names";
    lab.succeed(&["new", "enrichment", masked, "--function", "ai_mask", "--inputs", "implementation_notes"]);
    let file = "sql/enrichments/ai_implementation.sql";
    let question = lab.project.read(file);
    let question = question
        .replace("inputs: [implementation_notes,", &format!("inputs: [{masked},"))
        .replace("empty_when: [implementation_notes]", &format!("empty_when: [{masked}]"))
        .replace("crm_text(['implementation_notes',", &format!("crm_text(['{masked}',"));
    assert_eq!(question.matches(masked).count(), 3, "{question}");
    lab.project.write(file, &question);
    let job = lab.deploy();
    lab.run(job);
    let row = &lab.sql("SELECT notes_without_names, implementation_notes_summary FROM pipelineiq")[0];
    let [without, summary] = row.as_slice() else { panic!("{row:?}") };
    assert_eq!(without, "[MASKED] signs the plan for the plant in Lindby.");
    let summary = summary.as_str().expect("a text");
    assert!(summary.contains("[MASKED] signs") && !summary.contains("Ada"), "{summary}");
    let kept = "SELECT count(*) FROM piq_ai_calls WHERE model = 'ai_mask' AND status = 'ok'";
    assert_eq!(lab.number(kept), 1);
    lab.asked();
    lab.run(job);
    assert!(lab.asked().is_empty(), "nothing is asked twice");
}
