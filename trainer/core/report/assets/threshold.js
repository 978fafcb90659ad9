// SPDX-License-Identifier: Apache-2.0
// Moves the threshold of a score: rates of every set, and its examples on the side that they fall.
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('threshold-data').textContent);
  const byId = (name) => document.getElementById('threshold-' + name);
  const select = byId('score'), slider = byId('slider'), value = byId('value');
  const body = byId('rates').tBodies[0];

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, text] of Object.entries(attributes)) made.setAttribute(name, text);
    made.append(...children);
    return made;
  };

  // -log(1 - p) orders posteriors that round to 1; what is shown is p.
  const posterior = (score) => {
    const error = Math.exp(-score);
    if (error === 0) return '1';
    return error < 1e-4 ? '1 − ' + error.toExponential(1) : (1 - error).toFixed(4);
  };
  const shown = (name, score) => {
    if (name === 'neg_log_error') return posterior(score);
    if (Math.abs(score) > 1e300) return score > 0 ? 'above all numbers' : 'below all numbers';
    // As many digits as scores.csv has: neighbours on the slider are told apart.
    return String(Number(score.toPrecision(name === 'p_value' ? 6 : 9))).replace('-', '−');
  };
  const percent = (count, images) => (100 * count / images).toFixed(2) + ' %';

  const rows = data.sets.map((set) => {
    const cell = (name) => element('td', {class: name});
    const cells = {
      accepted: cell('accepted'), refused: cell('refused'), wrong: cell('wrong'), bar: cell('bar'),
      fill: element('i'),
    };
    cells.bar.append(element('span', {}, cells.fill));
    body.append(element('tr', {'data-set': set.name}, element('th', {scope: 'row'}, set.name),
                        element('td', {}, String(set.images)), cells.accepted, cells.refused,
                        cells.wrong, cells.bar));
    return cells;
  });

  for (const side of ['accepted', 'refused']) {
    byId('examples').append(element('div', {class: 'head ' + side}, side));
  }
  const galleries = data.sets.map((set) => {
    const thumbs = set.examples.map((example) => {
      const scores = data.scores.map(
          (score, i) => score.title + ' ' + shown(score.name, example.scores[i]));
      const title = [example.caption, ...scores].join('\n');
      return element('figure', {class: 'thumb', title},
                     element('img', {src: example.source, alt: example.caption}));
    });
    const accepted = element('div', {class: 'row accepted', 'aria-label': 'accepted'});
    const refused = element('div', {class: 'row refused', 'aria-label': 'refused'});
    byId('examples').append(element('h3', {}, set.name), accepted, refused);
    return {thumbs, accepted, refused};
  });

  const count = (cell, number, images) => {
    cell.textContent = percent(number, images);
    cell.title = number + ' of ' + images + ' images';
  };

  const showRates = (score, place) => {
    score.sets.forEach((counts, i) => {
      const {images, foreign} = data.sets[i], cells = rows[i], accepted = counts.accepted[place];
      count(cells.accepted, accepted, images);
      count(cells.refused, images - accepted, images);
      if (foreign) cells.wrong.textContent = '–';
      else count(cells.wrong, counts.wrong[place], images);
      cells.fill.style.width = 100 * accepted / images + '%';
    });
  };

  const showExamples = (scoreNumber, threshold) => {
    data.sets.forEach((set, i) => {
      const {thumbs, accepted, refused} = galleries[i];
      const order = set.examples.map((_, j) => j);
      const scoreOf = (j) => set.examples[j].scores[scoreNumber];
      order.sort((a, b) => scoreOf(b) - scoreOf(a));
      accepted.replaceChildren(...order.filter((j) => scoreOf(j) >= threshold).map((j) => thumbs[j]));
      refused.replaceChildren(...order.filter((j) => scoreOf(j) < threshold).map((j) => thumbs[j]));
    });
  };

  const update = () => {
    const score = data.scores[select.selectedIndex], place = Number(slider.value);
    const threshold = score.thresholds[place];
    value.textContent = score.title + ' ' + shown(score.name, threshold);
    slider.setAttribute('aria-valuetext', value.textContent);
    showRates(score, place);
    showExamples(select.selectedIndex, threshold);
  };

  // The highest threshold that refuses no more than this share of the first set, the clean images.
  const refuse = (share) => {
    const {sets} = data.scores[select.selectedIndex], {images} = data.sets[0];
    const allowed = sets[0].accepted.filter((accepted) => images - accepted <= share * images);
    slider.value = Math.max(0, allowed.length - 1);
    update();
  };

  const chooseScore = () => {
    const score = data.scores[select.selectedIndex];
    slider.max = score.thresholds.length - 1;
    byId('meaning').textContent = score.meaning;
    refuse(0.01);
  };

  for (const score of data.scores) select.append(element('option', {value: score.name}, score.title));
  select.addEventListener('change', chooseScore);
  slider.addEventListener('input', update);
  for (const button of document.querySelectorAll('#threshold [data-refuse]')) {
    button.addEventListener('click', () => refuse(Number(button.dataset.refuse)));
  }
  chooseScore();
})();
