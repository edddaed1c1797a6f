// An exported file, opened from disk.

import { input, ready, widgets, withPage } from "./browser.mjs";

const given = await input();
const said = {};
const byName = async (page) => Object.fromEntries((await widgets(page)).map((w) => [w.name, w]));

await withPage(given, async (page, complaints, outside) => {
  await page.goto(given.url);
  await ready(page);
  said.first = await byName(page);
  said.filter = await page.textContent('[data-widget="regions"] .body');
  await page.evaluate(() => {
    document.getElementById("page").dataset.ready = "waiting";
  });
  await page.click('[role="tab"] >> nth=1');
  await ready(page);
  said.second = await byName(page);
  said.complaints = complaints;
  said.outside = outside;
});
process.stdout.write(JSON.stringify(said));
