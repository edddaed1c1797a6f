// A headless Chromium on one page, with its complaints.

import { chromium } from "playwright-core";

/** Reads the input of a script. */
export async function input() {
  let text = "";
  for await (const part of process.stdin) text += part;
  return JSON.parse(text);
}

/** Opens a page and hands it to `work`; what the page complains about is in `complaints`. */
export async function withPage(given, work) {
  const browser = await chromium.launch({
    executablePath: given.chromium,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    const context = await browser.newContext({
      viewport: given.viewport ?? { width: 1440, height: 1000 },
      deviceScaleFactor: given.scale ?? 1,
      colorScheme: given.dark ? "dark" : "light",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (m) => {
      if (["error", "warning"].includes(m.type())) complaints.push(m.text());
    });
    page.on("pageerror", (e) => complaints.push(String(e)));
    const outside = [];
    page.on("request", (r) => {
      if (!r.url().startsWith(given.url) && !/^(data|file|about):/.test(r.url())) outside.push(r.url());
    });
    await work(page, complaints, outside);
  } finally {
    await browser.close();
  }
}

/** Waits until every widget of the page is drawn. */
export async function ready(page) {
  await page.waitForSelector('#page[data-ready="true"]', { timeout: 120_000 });
}

/** What became of every widget that is shown. */
export function widgets(page) {
  return page.$$eval("[data-widget]", (all) => {
    /** What hangs out of its card, or has no room in it. Parts of a card that scroll are measured as they are seen. */
    const outside = (card) => {
      const [frame, found] = [card.getBoundingClientRect(), []];
      const parts = card.querySelectorAll("header, .body, footer, select, input, summary, .value, .range, .fixed");
      for (const part of parts) {
        if (part.closest(".menu, details.data > :not(summary), details.query > :not(summary)")) continue;
        const box = part.getBoundingClientRect();
        const shown = getComputedStyle(part).display !== "none" && part.offsetParent !== null;
        if (!shown) continue;
        const name = part.className || part.tagName.toLowerCase();
        if (part.matches("select, input, summary, .value, .fixed") && (box.width < 8 || box.height < 8)) found.push(`${name} has no room`);
        const out = Math.max(frame.top - box.top, box.bottom - frame.bottom, frame.left - box.left, box.right - frame.right);
        if (out > 1.5) found.push(`${name} is ${Math.round(out)} px outside`);
      }
      return found;
    };
    return all.map((w) => ({
      name: w.dataset.widget,
      type: w.dataset.type,
      state: w.dataset.state === "empty" ? "drawn" : w.dataset.state,
      // what has no extent cannot be seen
      marks: [...w.querySelectorAll(".stage .role-mark > path, .stage .role-mark > line")].filter((mark) => {
        const box = mark.getBBox();
        return box.width > 0 || box.height > 0;
      }).length,
      raw: w.querySelector("[data-raw]")?.dataset.raw,
      text: w.querySelector(".body").textContent.slice(0, 300),
      outside: outside(w),
    }));
  });
}
