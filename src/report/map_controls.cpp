#include "report/map_script.hpp"

namespace simclr {
namespace {

constexpr std::string_view controls = R"js(
  canvas.addEventListener('keydown', event => {
    const step = 40, moves = {
      ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step]};
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) pan(...moves[event.key]);
    else if (event.key === '+' || event.key === '=') zoomAt(1.5, wide / 2, high / 2);
    else if (event.key === '-') zoomAt(1 / 1.5, wide / 2, high / 2);
    else if (event.key === '0') home();
    else if (event.key === 'Escape') { pinned = false; show(-1); }
    else if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    if (event.key === 'Escape') return;
    pinned = true;
    show(nearest(wide / 2, high / 2, 1e6));
  });

  const press = (button, on) => button.setAttribute('aria-pressed', on);
  function refresh() {
    keys.forEach((key, c) => press(key, classOn[c]));
    if (found >= 0 && !visible(found)) { pinned = false; show(-1); }
    later();
  }
  const light = c => { lit = c; later(); };
  keys.forEach((key, c) => {
    key.addEventListener('click', () => { classOn[c] = !classOn[c]; refresh(); });
    key.addEventListener('dblclick', () => {
      const alone = classOn.every((on, other) => on === (other === c));
      classOn.fill(alone);
      classOn[c] = true;
      refresh();
    });
    key.addEventListener('pointerenter', event => {
      if (event.pointerType === 'mouse' && classOn[c]) light(c);
    });
    key.addEventListener('pointerleave', () => light(-1));
    key.addEventListener('focus', () => { if (key.matches(':focus-visible') && classOn[c]) light(c); });
    key.addEventListener('blur', () => light(-1));
  });
  root.querySelectorAll('[data-every]').forEach(button => button.addEventListener('click', () => {
    classOn.fill(button.dataset.every === 'on');
    refresh();
  }));
  const setButtons = [...root.querySelectorAll('[data-set]')];
  setButtons.forEach((button, s) => button.addEventListener('click', () => {
    setOn[s] = !setOn[s];
    press(button, setOn[s]);
    refresh();
  }));
  const projections = [...root.querySelectorAll('[data-projection]')];
  projections.forEach((button, p) => button.addEventListener('click', () => {
    projections.forEach(other => press(other, other === button));
    pinned = false;
    project(p);
  }));
  const middle = factor => () => zoomAt(factor, wide / 2, high / 2);
  const zooms = {in: middle(1.6), out: middle(1 / 1.6), fit: home};
  root.querySelectorAll('[data-zoom]').forEach(button =>
    button.addEventListener('click', zooms[button.dataset.zoom]));

  marks.dot = new Path2D('M-4 0a4 4 0 1 1 8 0a4 4 0 1 1 -8 0z');
  root.querySelector('.map-static').hidden = true;
  live.hidden = false;
  readColours();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', readColours);
  new ResizeObserver(resize).observe(canvas);
}

document.querySelectorAll('.map').forEach(start);
})();
)js";

}  // namespace

std::string_view map_controls() {
  return controls;
}

}  // namespace simclr
