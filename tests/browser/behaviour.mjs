// What the page does with filters, changed files, faults, keys and themes.

import { readFileSync, writeFileSync } from "node:fs";
import { input, ready, widgets, withPage } from "./browser.mjs";

const given = await input();
const said = {};
const byName = async (page) => Object.fromEntries((await widgets(page)).map((w) => [w.name, w]));

/** Waits for the page to be drawn anew after `act`. */
async function after(page, act) {
  await page.evaluate(() => {
    document.getElementById("page").dataset.ready = "waiting";
  });
  await act();
  await ready(page);
}

await withPage(given, async (page, complaints, outside) => {
  await page.goto(given.url);
  await ready(page);
  said.first = await byName(page);
  said.coverage = await page.$$eval("#coverage span", (all) => all.map((s) => s.textContent));
  said.banner = await page.textContent("#banner");
  said.note = (await page.textContent('[data-widget="note"] .body')).replace(/\s+/g, " ").trim();
  said.cell = await page.textContent('[data-widget="rows"] tbody tr td:nth-child(3)');
  said.scripts = await page.evaluate(() => ({
    img: document.images.length,
    script: document.scripts.length,
    javascript: document.querySelectorAll('a[href^="javascript"]').length,
    title: document.title,
  }));

  const sort = page.locator('[data-widget="rows"] th button').nth(1);
  await sort.click();
  said.sorted = await page.$$eval('[data-widget="rows"] tbody tr td:nth-child(2)', (all) => all.map((c) => c.textContent));

  const bar = page.locator('[data-widget="bars"] .stage .role-mark > path').first();
  await after(page, () => bar.click());
  said.clicked = await byName(page);
  said.chip = await page.textContent("#clicked");
  await after(page, () => page.click("#clicked button"));
  said.unclicked = await byName(page);

  await page.click('[data-widget="regions"] summary');
  await page.check('[data-widget="regions"] input[type="checkbox"] >> nth=0');
  await after(page, () => page.click('[data-widget="regions"] button.apply'));
  said.filtered = await byName(page);

  await page.focus('[role="tab"][aria-selected="true"]');
  await after(page, () => page.keyboard.press("ArrowRight"));
  said.tab = await page.textContent('[role="tab"][aria-selected="true"]');
  said.second = await byName(page);
  said.fault = await page.textContent('[data-widget="wrong"]');

  await page.click('[data-widget="regions"] summary');
  await after(page, () => page.click('[data-widget="regions"] .actions button >> nth=1'));
  said.cleared = await byName(page);
  await after(page, () => page.keyboard.press("ArrowLeft").then(() => page.click('[role="tab"] >> nth=0')));

  const text = readFileSync(given.file, "utf8");
  await after(page, () => writeFileSync(given.file, text.replace("The total", "The sum")));
  said.edited = await page.textContent('[data-widget="total"] h3');
  await after(page, () => writeFileSync(given.file, text.slice(0, 100)));
  said.broken = await page.textContent("#page");
  await after(page, () => writeFileSync(given.file, text));
  said.mended = await byName(page);

  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  said.themes = [await theme()];
  await after(page, () => page.click("#theme"));
  said.themes.push(await theme());

  await page.setViewportSize({ width: 420, height: 900 });
  said.narrow = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  said.complaints = complaints;
  said.outside = outside;
});
process.stdout.write(JSON.stringify(said));
