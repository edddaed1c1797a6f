// What is too wide for the screen, on every page of every dashboard: pages, and tables that scroll to the side.

import { input, ready, withPage } from "./browser.mjs";

const given = await input();
const said = { pages: [], tables: [] };
await withPage(given, async (page) => {
  await page.goto(given.url);
  await ready(page);
  const state = await page.evaluate(() => fetch("api/state").then((r) => r.json()));
  for (const dashboard of state.dashboards) {
    for (const one of dashboard.pages.filter((p) => !p.global)) {
      await page.evaluate((hash) => {
        document.getElementById("page").dataset.ready = "false";
        location.hash = hash;
      }, new URLSearchParams({ dashboard: dashboard.id, page: one.name }).toString());
      await ready(page);
      const [wide, tables] = await page.evaluate(() => [
        document.documentElement.scrollWidth > document.documentElement.clientWidth,
        [...document.querySelectorAll('[data-type="table"] .scroll')]
          .filter((box) => box.scrollWidth > box.clientWidth + 1)
          .map((box) => `${box.getAttribute("aria-label")}: ${box.scrollWidth} in ${box.clientWidth}`),
      ]);
      if (wide) said.pages.push(`${dashboard.id}/${one.name}`);
      said.tables.push(...tables.map((t) => `${dashboard.id}/${one.name}/${t}`));
    }
  }
});
process.stdout.write(JSON.stringify(said));
