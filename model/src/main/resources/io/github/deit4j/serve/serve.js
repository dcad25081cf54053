'use strict';
(function () {
  const COLOURS = [[0, 0, 60], [90, 0, 130], [200, 30, 80], [255, 140, 0], [255, 255, 150]];
  const byId = (id) => document.getElementById(id);
  const drop = byId('drop');
  let shown = null; // what the map is drawn from
  let asked = 0; // so that an answer to an earlier picture is not shown

  function say(text, wrong) {
    byId('status').textContent = text;
    byId('status').classList.toggle('wrong', Boolean(wrong));
  }

  async function classify(file) {
    const turn = ++asked;
    say('Looking at ' + file.name + ' …');
    let answer;
    try {
      const response = await fetch('classify?attention=true', {
        method: 'POST',
        headers: { 'Content-Type': file.type || 'application/octet-stream' },
        body: file,
      });
      answer = await response.json();
    } catch (e) {
      answer = { error: 'no answer from the server: ' + e.message };
    }
    if (turn !== asked) return;
    if (answer.error) {
      byId('result').hidden = true;
      say(file.name + ': ' + answer.error, true);
      return;
    }
    show(file.name, answer);
  }

  function show(name, answer) {
    const best = answer.predictions[0];
    byId('result-title').textContent = name;
    byId('classes').replaceChildren(...answer.predictions.map(row));
    byId('result').hidden = false;
    say(name + ': ' + best['class'] + ', ' + percent(best.probability));
    showAttention(answer.attention, name);
  }

  function row(prediction) {
    const tr = document.createElement('tr');
    const th = document.createElement('th');
    th.scope = 'row';
    th.textContent = prediction['class'];
    const meter = document.createElement('meter');
    meter.value = prediction.probability;
    meter.setAttribute('aria-hidden', 'true'); // the number says the same
    th.append(meter);
    const td = document.createElement('td');
    td.className = 'number';
    td.textContent = percent(prediction.probability);
    tr.append(th, td);
    return tr;
  }

  function percent(probability) {
    return (100 * probability).toFixed(2) + ' %';
  }

  function showAttention(attention, name) {
    byId('attention').hidden = !attention;
    if (!attention) return;
    const tokens = Object.keys(attention.rollout);
    byId('token').replaceChildren(...tokens.map((token) => new Option(token, token)));
    byId('token-choice').hidden = tokens.length < 2;
    const picture = new Image();
    picture.onload = () => {
      shown = { attention, picture, name };
      draw();
    };
    picture.src = attention.image;
  }

  function draw() {
    if (!shown) return;
    const { attention, picture, name } = shown;
    const values = attention.rollout[byId('token').value];
    const canvas = byId('map');
    canvas.width = canvas.height = 2 * picture.width;
    const context = canvas.getContext('2d');
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    context.globalAlpha = byId('strength').value / 100;
    context.imageSmoothingQuality = 'high';
    context.drawImage(heat(values, attention.side), 0, 0, canvas.width, canvas.height);
    canvas.setAttribute('aria-label', name + ' with the attention of the ' + byId('token').value
      + ' token, most of it ' + place(values, attention.side));
  }

  function heat(values, side) {
    const largest = Math.max(...values);
    const cells = document.createElement('canvas');
    cells.width = cells.height = side;
    const context = cells.getContext('2d');
    const pixels = context.createImageData(side, side);
    values.forEach((value, i) => {
      pixels.data.set(colour(largest > 0 ? value / largest : 0), 4 * i);
    });
    context.putImageData(pixels, 0, 0);
    return cells;
  }

  function colour(share) {
    const at = share * (COLOURS.length - 1);
    const lower = Math.min(Math.floor(at), COLOURS.length - 2);
    const mixed = COLOURS[lower].map((c, k) => c + (COLOURS[lower + 1][k] - c) * (at - lower));
    return [...mixed, 255];
  }

  /** Says in words where the middle of the map's weight lies. */
  function place(values, side) {
    const floor = Math.min(...values);
    let sum = 0, x = 0, y = 0;
    values.forEach((value, i) => {
      const weight = (value - floor) ** 2;
      sum += weight;
      x += weight * ((i % side) + 0.5);
      y += weight * (Math.floor(i / side) + 0.5);
    });
    const third = (v) => Math.min(2, Math.floor(3 * (sum > 0 ? v / sum / side : 0.5)));
    return ['at the top', 'in the middle', 'at the bottom'][third(y)] + ', '
      + ['left', 'centre', 'right'][third(x)];
  }

  function first(files) {
    if (files && files.length > 0) classify(files[0]);
  }

  byId('file').addEventListener('change', (event) => first(event.target.files));
  byId('strength').addEventListener('input', draw);
  byId('token').addEventListener('change', draw);
  document.addEventListener('paste', (event) => first(event.clipboardData.files));
  for (const type of ['dragenter', 'dragover']) {
    document.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add('over');
    });
  }
  document.addEventListener('dragleave', () => drop.classList.remove('over'));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    first(event.dataTransfer.files);
  });
})();
