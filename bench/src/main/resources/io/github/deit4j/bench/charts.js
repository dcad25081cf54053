// Draws the charts of a report: of `report`, which stands in the page, with uPlot.
(() => {
  'use strict';
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = style => css('--s' + style % 8);
  const dash = style => [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [1, 3], [12, 3], [6, 2, 1, 2]][style % 8];
  const short = value => Math.abs(value) >= 1e4 ? +(value / 1e3).toPrecision(3) + 'k' : '' + +value.toPrecision(3);
  const distinct = values => [...new Set(values)];
  const contenders = distinct(report.measurements.map(each => each.contender));
  const of = section => report.measurements.filter(each => each.benchmark === section);

  // A mark for each style, not by colour alone; hollow where a number is noisy.
  const mark = (context, style, x, y, size) => {
    const shapes = [
      () => context.arc(x, y, size, 0, 7),
      () => context.rect(x - size, y - size, 2 * size, 2 * size),
      () => [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]].forEach(([i, j]) => context.lineTo(x + i * size, y + j * size)),
      () => [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]].forEach(([i, j]) => context.lineTo(x + i * size, y + j * size))];
    context.beginPath();
    shapes[style % 4]();
    context.closePath();
  };

  /*
   * Adds a chart. A series has a name, a style (null for a limit), whether it is a line, and points:
   * x, y, perhaps low and high, noisy, and a text for the legend.
   */
  const add = (place, title, xAxis, yAxis, allSeries) => {
    const figure = document.createElement('figure');
    figure.className = 'plot';
    const caption = document.createElement('figcaption');
    caption.textContent = title;
    const box = document.createElement('div');
    box.setAttribute('role', 'img');
    box.setAttribute('aria-label', title + ': ' + yAxis.label + ' over ' + xAxis.label + '; the table below has the numbers');
    figure.append(caption, box);
    place.append(figure);
    waiting.push(() => plot(box, xAxis, yAxis, allSeries));
  };

  // When all figures have their places, and with them their widths.
  let waiting = [];

  // 1, 2, 5, 10 … of a logarithmic axis.
  const decades = (_, __, min, max) => {
    const ticks = [];
    for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++) {
      [1, 2, 5].map(digit => +(digit * 10 ** power).toPrecision(3)).filter(tick => tick >= min && tick <= max).forEach(tick => ticks.push(tick));
    }
    return ticks;
  };

  const plot = (box, xAxis, yAxis, allSeries) => {
    const x = distinct(allSeries.flatMap(each => each.points.map(point => point.x))).sort((a, b) => a - b);
    const at = allSeries.map(each => new Map(each.points.map(point => [point.x, point])));
    const scale = (axis, fixed) => axis.log ? {distr: 3, log: axis.log, ...fixed} : fixed;
    const axis = (axis, side) => ({
      label: axis.label, side, stroke: css('--faint'), font: '12px sans-serif', labelFont: '12px sans-serif',
      labelSize: 22, size: side === 2 ? 36 : 54, grid: {stroke: css('--line'), width: 1}, ticks: {stroke: css('--line'), width: 1},
      ...(axis.ticks ? {splits: () => axis.ticks} : axis.log ? {splits: decades} : {}),
      values: (_, ticks) => ticks.map(tick => tick == null ? '' : short(tick))});
    const low = Math.min(...allSeries.flatMap(each => each.points.map(point => point.low ?? point.y)));
    const high = Math.max(...allSeries.flatMap(each => each.points.map(point => point.high ?? point.y)));
    const range = yAxis.range ?? (yAxis.log ? [low / 1.15, high * 1.15] : [0, high * 1.08]);
    const drawMarks = plot => {
      const context = plot.ctx;
      const size = 4 * devicePixelRatio;
      context.save();
      context.setLineDash([]);
      context.lineWidth = 1.4 * devicePixelRatio;
      allSeries.forEach(each => each.style !== null && each.points.forEach(point => {
        const left = plot.valToPos(point.x, 'x', true);
        context.strokeStyle = colour(each.style);
        context.fillStyle = point.noisy ? css('--card') : colour(each.style);
        if (point.low) {
          context.beginPath();
          context.moveTo(left, plot.valToPos(point.low, 'y', true));
          context.lineTo(left, plot.valToPos(point.high, 'y', true));
          context.stroke();
        }
        mark(context, each.style, left, plot.valToPos(point.y, 'y', true), size);
        context.fill();
        context.stroke();
      }));
      context.restore();
    };
    new uPlot({
      width: Math.max(200, box.clientWidth),
      height: 300,
      padding: [12, 12, 0, 0],
      cursor: {drag: {x: false, y: false}, points: {show: false}},
      legend: {markers: {width: 2}},
      scales: {x: scale(xAxis, {time: false, range: xAxis.range ?? ((_, min, max) => xAxis.log ? [min / 1.2, max * 1.2] : [0, max * 1.05])}), y: scale(yAxis, {range: () => range})},
      axes: [axis(xAxis, 2), axis(yAxis, 3)],
      series: [{label: xAxis.label, value: (_, value) => value == null ? '' : short(value)}].concat(allSeries.map((each, i) => ({
        label: each.name,
        stroke: each.style === null ? css('--faint') : colour(each.style),
        width: each.style === null ? 1.6 : 2,
        dash: each.style === null ? [] : dash(each.style),
        spanGaps: true,
        paths: each.line ? undefined : () => null,
        points: {show: false},
        value: (_, value, __, index) => value == null ? '' : at[i].get(x[index])?.text ?? short(value)}))),
      hooks: {draw: [drawMarks]}
    }, [x, ...at.map(points => x.map(value => points.get(value)?.y ?? null))], box);
  };

  const rate = each => ({
    x: each.batch, y: each.images_per_second, noisy: each.noise !== null,
    low: each.images_per_second * each.median_ms / each.p90_ms, high: each.images_per_second * each.median_ms / each.p10_ms});

  const throughput = section => place => {
    const measured = of(section).filter(each => each.threads === report.threads);
    distinct(measured.map(each => each.model)).forEach(model => {
      const own = measured.filter(each => each.model === model);
      add(place, model, {label: 'batch', log: 2, ticks: distinct(own.map(each => each.batch))}, {label: 'images/s', log: 10},
          contenders.filter(name => own.some(each => each.contender === name)).map(name => ({
            name, style: contenders.indexOf(name), line: true,
            points: own.filter(each => each.contender === name).map(rate)})));
    });
    scaling(place, section);
  };

  const scaling = (place, section) => {
    const key = each => `${each.model}, batch ${each.batch}, ${each.contender}`;
    const all = of(section);
    const series = distinct(all.filter(each => each.threads < report.threads).map(key)).map((name, style) => {
      const own = all.filter(each => key(each) === name);
      const alone = own.find(each => each.threads === 1);
      return {name, style, line: true, points: alone ? own.map(each => ({
        x: each.threads, y: each.images_per_second / alone.images_per_second, noisy: each.noise !== null})) : []};
    }).filter(each => each.points.length > 1);
    if (series.length > 0) {
      add(place, 'More threads', {label: 'threads', ticks: distinct(all.map(each => each.threads))}, {label: 'times as fast as one thread'},
          [{name: 'threads', style: null, line: true, points: [1, report.threads].map(n => ({x: n, y: n}))}, ...series]);
    }
  };

  // Of each model and contender the batch that gives the most images.
  const accuracy = place => {
    const all = of('inference').filter(each => each.top1 !== null && each.threads === report.threads);
    if (all.length === 0) return;
    const fastest = name => distinct(all.map(each => each.model)).map(model => all
        .filter(each => each.model === model && each.contender === name)
        .reduce((best, each) => best && best.images_per_second >= each.images_per_second ? best : each, null))
        .filter(each => each);
    const accuracies = all.map(each => each.top1);
    add(place, 'The paper\'s figure 1', {label: 'images/s', log: 10},
        {label: 'top-1 in %, paper', range: [Math.min(...accuracies) - 1, Math.max(...accuracies) + 1]},
        contenders.map(name => ({name, style: contenders.indexOf(name), line: false, points: fastest(name).map(each => ({
          x: each.images_per_second, y: each.top1, noisy: each.noise !== null, text: `${each.top1}: ${each.model}, batch ${each.batch}`}))}))
          .filter(each => each.points.length > 0));
  };

  const kind = each => /attention/i.test(each.op) ? 'attention'
      : /(Parameter|Weight)Gradients?$/.test(each.op) ? 'weight gradient'
      : /InputGradient$/.test(each.op) ? 'input gradient' : 'forward product';

  const roofline = place => contenders.forEach(name => {
    const own = of('op').filter(each => each.contender === name && each.flop && each.bytes && each.peak && each.bandwidth);
    if (own.length === 0) return;
    const {peak, bandwidth} = own[0];
    const left = Math.min(peak / bandwidth / 4, ...own.map(each => each.flop / each.bytes));
    const right = Math.max(peak / bandwidth * 2, ...own.map(each => each.flop / each.bytes));
    const roof = [left, peak / bandwidth, right].map(x => ({x, y: Math.min(peak, x * bandwidth)}));
    add(place, 'Roofline of ' + name, {label: 'operations for each byte', log: 10}, {label: 'GFLOP/s', log: 10},
        [{name: `${short(bandwidth)} GB/s, ${short(peak)} GFLOP/s`, style: null, line: true, points: roof},
          ...distinct(own.map(kind)).map((name, style) => ({
            name, style, line: false, points: own.filter(each => kind(each) === name).map(each => ({
              x: each.flop / each.bytes, y: each.gflops, noisy: each.noise !== null,
              text: `${short(each.gflops)}: ${each.op}, ${each.model}, batch ${each.batch}`}))}))]);
  });

  const charts = {'inference': throughput('inference'), 'training-step': throughput('train_step'), 'throughput-against-accuracy': accuracy, 'ops-of-a-step': roofline};
  const draw = () => document.querySelectorAll('[data-charts]').forEach(place => {
    const drawn = charts[place.dataset.charts];
    if (drawn) {
      place.replaceChildren();
      drawn(place);
    }
  });
  const drawAll = () => {
    waiting = [];
    draw();
    waiting.forEach(each => each());
  };
  drawAll();
  let width = innerWidth;
  addEventListener('resize', () => { if (innerWidth !== width) { width = innerWidth; drawAll(); } });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
})();
