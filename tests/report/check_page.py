# SPDX-License-Identifier: Apache-2.0
"""Opens a run's report.html in Chromium, moves the slider, and compares what the page says with counts of
scores.csv. check_page.py RUN; ends with 77 where there is no Chromium, unless GM_EXPECT_CHROMIUM is set."""

import csv
import json
import math
import os
import pathlib
import re
import sys

from browser import Browser, find_program

SKIPPED = 77
SCORES = ("log_likelihood", "log_density", "neg_log_error", "p_value")


def expect(condition, message):
    if not condition:
        sys.exit(f"check_page.py: {message}")


def read_scores(file):
    """set -> image -> row"""
    sets = {}
    with open(file, newline="") as lines:
        for row in csv.DictReader(lines):
            sets.setdefault(row["set"], {})[int(row["image"])] = row
    return sets


def percent(count, images):
    return f"{100 * count / images:.2f} %"


STATE = """(() => {
  const slider = document.getElementById('threshold-slider');
  const select = document.getElementById('threshold-score');
  const score = JSON.parse(document.getElementById('threshold-data').textContent).scores[select.selectedIndex];
  const cell = (row, name) => ({text: row.querySelector('.' + name).textContent,
                                title: row.querySelector('.' + name).title});
  const captions = (row) => [...row.querySelectorAll('img')].map((image) => image.alt);
  const galleries = [...document.querySelectorAll('#threshold-examples h3')];
  return {
    score: select.value, position: Number(slider.value), last: Number(slider.max),
    threshold: score.thresholds[slider.value],
    shown: document.getElementById('threshold-value').textContent.replace(score.title + ' ', ''),
    rates: [...document.querySelectorAll('#threshold-rates tbody tr')].map((row) => ({
      set: row.dataset.set, accepted: cell(row, 'accepted'), refused: cell(row, 'refused'),
      wrong: cell(row, 'wrong'), bar: row.querySelector('.bar i').style.width})),
    examples: galleries.map((title) => ({
      set: title.textContent, accepted: captions(title.nextElementSibling),
      refused: captions(title.nextElementSibling.nextElementSibling)})),
  };
})()"""


def check_shown(state):
    """The threshold in words: all digits of scores.csv, and the posterior p in the place of -log(1 - p)."""
    text, threshold = state["shown"].replace("−", "-"), state["threshold"]
    if state["score"] == "neg_log_error":
        error = math.exp(-threshold)
        agrees = (
            math.isclose(float(text[4:]), error, rel_tol=0.06)
            if text.startswith("1 - ")
            else abs(float(text) - (1 - error)) < 1e-4
        )
    else:
        agrees = math.isclose(float(text), threshold, rel_tol=1e-5 if state["score"] == "p_value" else 1e-8)
    expect(agrees, f"{state['score']}: a threshold of {threshold} is shown as {state['shown']}")


class Page:
    def __init__(self, browser, scores, foreign):
        self.browser, self.scores, self.foreign = browser, scores, foreign

    def state(self):
        return self.browser.evaluate(STATE)

    def choose(self, score):
        self.browser.evaluate(
            f"""(() => {{
              const select = document.getElementById('threshold-score');
              select.value = '{score}';
              select.dispatchEvent(new Event('change'));
              document.getElementById('threshold-slider').focus();
            }})()"""
        )

    def click_at(self, share):
        x, y, width, height = self.browser.evaluate(
            """(async () => {
              const slider = document.getElementById('threshold-slider');
              slider.scrollIntoView({block: 'center', behavior: 'instant'});
              // The browser finds what lies under the mouse in the frame that it has drawn last.
              for (let i = 0; i < 2; ++i) await new Promise(requestAnimationFrame);
              const {x, y, width, height} = slider.getBoundingClientRect();
              return [x, y, width, height];
            })()"""
        )
        self.browser.click(x + share * width, y + height / 2)

    def refuse(self, share):
        self.browser.evaluate(f"document.querySelector('[data-refuse=\"{share}\"]').click()")

    def check(self):
        """Compares all that the page shows with counts; gives the state."""
        state = self.state()
        expect([rate["set"] for rate in state["rates"]] == list(self.scores), "other sets than in scores.csv")
        check_shown(state)
        for rate in state["rates"]:
            self.check_rates(rate, state)
        for examples in state["examples"]:
            self.check_examples(examples, state)
        return state

    def check_rates(self, rate, state):
        rows = self.scores[rate["set"]].values()
        accepted = [row for row in rows if float(row[state["score"]]) >= state["threshold"]]
        wrong = sum(row["label"] != row["predicted"] for row in accepted)
        counts = {"accepted": len(accepted), "refused": len(rows) - len(accepted)}
        if rate["set"] not in self.foreign:
            counts["wrong"] = wrong
        where = f"{rate['set']} by {state['score']} from {state['threshold']}"
        for name, count in counts.items():
            expected = {"text": percent(count, len(rows)), "title": f"{count} of {len(rows)} images"}
            expect(rate[name] == expected, f"{where}: {name}: expected {expected}, found {rate[name]}")
        width = float(rate["bar"].rstrip("%"))
        expect(abs(width - 100 * len(accepted) / len(rows)) < 0.01, f"{where}: the bar is {width} % long")

    def check_examples(self, examples, state):
        rows = self.scores[examples["set"]]
        shown = examples["accepted"] + examples["refused"]
        expect(len(shown) == min(24, len(rows)), f"{examples['set']}: {len(shown)} examples")
        expect(len(set(shown)) == len(shown), f"{examples['set']}: an example is shown twice")
        for side in ("accepted", "refused"):
            for caption in examples[side]:
                image = int(re.match(r"image (\d+)", caption).group(1))
                is_accepted = float(rows[image][state["score"]]) >= state["threshold"]
                expect(is_accepted == (side == "accepted"), f"{examples['set']}, {caption}: among the {side}")


def check_threshold(page, score):
    page.choose(score)
    seen = set()
    for key in ("Home", "ArrowRight", "PageUp", "PageUp", "End", "ArrowLeft", "PageDown"):
        page.browser.press(key)
        seen.add(page.check()["position"])
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        page.click_at(share)
        state = page.check()
        expect(abs(state["position"] / state["last"] - share) < 0.05, f"{score}: a click moved it elsewhere")
        seen.add(state["position"])
    expect(len(seen) >= 10, f"{score}: the slider was moved to {len(seen)} places only")
    page.browser.press("Home")
    everything = page.check()
    expect(all(rate["refused"]["text"] == "0.00 %" for rate in everything["rates"]), "the first place refuses")
    for share in (0.01, 0.05):
        page.refuse(share)
        clean = [float(row[score]) for row in page.scores["clean"].values()]
        threshold = page.check()["threshold"]
        refused = sum(value < threshold for value in clean) / len(clean)
        expect(refused <= share, f"{score}: the button for {share} refuses {refused}")
        expect(refused >= share - 0.005, f"{score}: the button for {share} refuses only {refused}")


def check_layout(browser):
    broken = browser.evaluate("[...document.images].filter((i) => !i.complete || !i.naturalWidth).length")
    expect(broken == 0, f"{broken} images are broken")
    expect(browser.evaluate("document.images.length") > 100, "hardly any image")
    expect(browser.evaluate("document.querySelectorAll('figure.chart svg').length") >= 8, "charts are missing")
    for width in (1200, 400):
        browser.resize(width, 900)
        needed = browser.evaluate("document.documentElement.scrollWidth")
        expect(needed <= width, f"the page is {needed} pixels wide in a window of {width}")


def main(run):
    program = find_program()
    if not program:
        expect("GM_EXPECT_CHROMIUM" not in os.environ, "expected Chromium, found none")
        print("skipped: there is no Chromium (Debian package chromium)")
        return SKIPPED
    scores = read_scores(run / "scores.csv")
    foreign = set(json.loads((run / "evaluation.json").read_text()).get("ood", {}))
    url = (run / "report.html").resolve().as_uri()
    expected = [s for s in SCORES if all(row[s] for rows in scores.values() for row in rows.values())]
    with Browser(program) as browser:
        browser.open(url)
        page = Page(browser, scores, foreign)
        offered = browser.evaluate("[...document.getElementById('threshold-score')].map((o) => o.value)")
        expect(offered == expected, f"expected the scores {expected}, found {offered}")
        for score in expected:
            check_threshold(page, score)
        check_layout(browser)
        expect(not browser.complaints, f"the browser complains: {browser.complaints}")
        fetched = [address for address in browser.requests if address != url and not address.startswith("data:")]
        expect(not fetched, f"the page fetches {fetched}")
    print(f"{len(expected)} scores of {len(scores)} sets agree with scores.csv")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
