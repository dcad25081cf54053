// Draws each figure's table of curves as a chart over its first column, with uPlot.
const curves = (() => {
  'use strict';
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const dashes = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [1, 3], [12, 3], [6, 2, 1, 2]];
  const texts = cells => [...cells].map(cell => cell.textContent);
  const read = figure => {
    const table = figure.querySelector('table:not(.u-legend)'); // which uPlot makes
    return {
      figure, names: texts(table.tHead.rows[0].cells), rows: [...table.tBodies[0].rows].map(row => texts(row.cells)),
      title: figure.querySelector('figcaption').textContent};
  };
  // A curve has the same style in all figures; styles go by the order of appearance.
  const names = [];
  const drawn = new WeakMap();
  const short = value => value === 0 ? '0' : Math.abs(value) < 1e-3 ? (+value.toPrecision(3)).toExponential() : '' + +value.toPrecision(6);

  const around = value => [value - (Math.abs(value) / 10 || 1), value + (Math.abs(value) / 10 || 1)];

  // There is no share below 0 or above 100 %.
  const within = ([low, high], unit) => unit ? [Math.max(0, low), Math.min(100, high)] : [low, high];

  const draw = ({figure, names: header, rows, title}, anew) => {
    const data = header.map((_, column) => rows.map(row => row[column] ? parseFloat(row[column]) : null));
    const unit = rows.some(row => row.slice(1).some(cell => cell.endsWith('%'))) ? ' %' : '';
    const few = header.map((_, column) => rows.filter(row => row[column]).length <= 40);
    const looks = JSON.stringify([header, unit, few, title]);
    const before = drawn.get(figure);
    if (before && !anew && before.looks === looks) {
      if (JSON.stringify(before.rows) !== JSON.stringify(rows)) {
        before.rows = rows;
        before.plot.setData(data);
      }
      return;
    }
    const now = {looks, rows};
    drawn.set(figure, now);
    before?.plot.destroy();
    figure.querySelector('.chart')?.remove();
    const box = document.createElement('div');
    box.className = 'chart';
    box.setAttribute('role', 'img');
    box.setAttribute('aria-label', title + ' over ' + header[0] + '; the table below has the numbers');
    figure.querySelector('figcaption').after(box);
    const axis = {
      stroke: css('--faint'), font: '12px sans-serif', labelFont: '12px sans-serif', labelSize: 22,
      grid: {stroke: css('--line'), width: 1}, ticks: {stroke: css('--line'), width: 1}};
    now.plot = new uPlot({
      width: Math.max(200, box.clientWidth),
      height: 300,
      padding: [12, 24, 0, 0],
      cursor: {drag: {x: false, y: false}},
      legend: {markers: {width: 2}},
      scales: {x: {time: false}, y: {range: (_, min, max) => within(min === max ? around(min) : uPlot.rangeNum(min, max, 0.1, true), unit)}},
      axes: [
        {...axis, label: header[0], size: 36, values: (_, ticks) => ticks.map(short)},
        {...axis, size: 64, values: (_, ticks) => ticks.map(tick => short(tick) + unit)}],
      series: header.map((label, column) => column === 0 ? {label, value: (_, __, ___, index) => now.rows[index]?.[0] ?? ''} : {
        label,
        stroke: css('--s' + names.indexOf(label) % 8),
        width: 2,
        dash: dashes[names.indexOf(label) % 8],
        spanGaps: true,
        points: {show: few[column], size: 6, fill: css('--card')},
        value: (_, __, ___, index) => now.rows[index]?.[column] ?? ''})
    }, data, box);
  };

  const drawAll = anew => {
    const figures = [...document.querySelectorAll('figure.plot')].map(read);
    for (const name of figures.flatMap(each => each.names.slice(1))) {
      if (!names.includes(name)) names.push(name);
    }
    figures.forEach(each => draw(each, anew));
  };
  drawAll(false);
  let width = innerWidth;
  addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; drawAll(true); } });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawAll(true));
  return {draw: () => drawAll(false)};
})();
