// An exported file as a printer shows it: sheets, and whether each card lies whole on one of them.

import { input, widgets, withPage } from "./browser.mjs";

const given = await input();
/** Height of A4 in landscape without its margins, in pixels of the sheet: 194 mm at 96 pixels an inch, at 82 %. */
const PAPER = (194 / 25.4) * 96 / 0.82;
let said;
await withPage(given, async (page, complaints, outside) => {
  await page.emulateMedia({ media: "print" });
  await page.goto(`${given.url}#sheets`);
  await page.waitForSelector('body[data-sheets="ready"]', { timeout: 120_000 });
  const cards = await page.$$eval(".sheet .widget", (all) =>
    all.map((w) => ({ name: w.dataset.widget, state: w.dataset.state, height: w.offsetHeight, scrolls: [...w.querySelectorAll(".scroll")].some((s) => s.scrollHeight > s.clientHeight + 1 || s.scrollWidth > s.clientWidth + 1) })),
  );
  const sheets = await page.locator(".sheet").count();
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  const pages = pdf.toString("latin1").match(/\/Type \/Page\b(?!s)/g)?.length ?? 0;
  said = { sheets, pages, cards, tall: cards.filter((c) => c.height > PAPER), widgets: await widgets(page), complaints, outside };
});
process.stdout.write(JSON.stringify(said));
