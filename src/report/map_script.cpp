#include "report/map_script.hpp"

#include <cstdint>

#include "base/durable.hpp"
#include "image/encode.hpp"

namespace simclr {
namespace {

// Everything from outside enters by textContent, so that it stays text. There is no less-than sign in it, so
// that no reader of HTML can take a part of it for a tag.
constexpr std::string_view view = R"js(
'use strict';
(() => {
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

function start(root) {
  const data = JSON.parse(root.dataset.map), count = data.label.length;
  const live = root.querySelector('.map-live'), stage = root.querySelector('.map-stage');
  const canvas = stage.querySelector('canvas'), ink = canvas.getContext('2d');
  const tip = stage.querySelector('.map-tip'), photo = tip.querySelector('canvas');
  const sheets = [...root.querySelectorAll('.map-sheet')], keys = [...root.querySelectorAll('.map-key')];
  const marks = keys.map(key => new Path2D(key.querySelector('path').getAttribute('d')));
  const classOn = data.classes.map(() => true), setOn = data.sets.map(() => true);
  const x = Float32Array.from(data.maps[0].x, v => v ?? NaN);
  const y = Float32Array.from(data.maps[0].y, v => v ?? NaN);
  let shown = 0, colours = [], grey = '', frameColour = '';
  let wide = 0, high = 0, fit = 1, zoom = 1, middleX = 0, middleY = 0;
  let lit = -1, found = -1, pinned = false, asked = 0, moving = 0;

  const toX = i => (x[i] - middleX) * fit * zoom + wide / 2;
  const toY = i => (y[i] - middleY) * fit * zoom + high / 2;
  const visible = i => x[i] === x[i] && (0 > data.set[i] || setOn[data.set[i]]) &&
    (0 > data.label[i] || classOn[data.label[i]]);
  const later = () => { asked = asked || requestAnimationFrame(draw); };

  function readColours() {
    colours = keys.map(key => getComputedStyle(key.querySelector('path')).fill);
    const style = getComputedStyle(root);
    grey = style.getPropertyValue('--grey');
    frameColour = style.getPropertyValue('--ink');
    later();
  }

  function home() {
    const limits = data.maps[shown];
    middleX = limits.width / 2;
    middleY = limits.height / 2;
    fit = Math.min((wide - 28) / limits.width, (high - 28) / limits.height);
    zoom = 1;
    touchable();
    later();
  }

  // At the outermost view one finger scrolls the page; nearer, it moves the map.
  function touchable() {
    canvas.style.touchAction = zoom > 1.01 ? 'none' : 'pan-y';
  }

  function resize() {
    const box = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    if (!box.width) return;
    const first = !wide;
    wide = box.width;
    high = box.height;
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
    fit = Math.min((wide - 28) / data.maps[shown].width, (high - 28) / data.maps[shown].height);
    if (first) home(); else later();
  }

  function drawMark(i, size) {
    const c = data.label[i], ratio = canvas.width / wide;
    const scale = (0 > c ? 0.6 : 1) * size / 5 * ratio;
    ink.setTransform(scale, 0, 0, scale, toX(i) * ratio, toY(i) * ratio);
    ink.fill(0 > c ? marks.dot : marks[c]);
  }

  function draw() {
    asked = 0;
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.clearRect(0, 0, canvas.width, canvas.height);
    const size = Math.min(7, (count > 2500 ? 2.6 : count > 600 ? 3.2 : 4) * Math.pow(zoom, 0.35));
    const front = [];
    for (let i = 0; i !== count; ++i) {
      if (!visible(i)) continue;
      const px = toX(i), py = toY(i);
      if (-9 > px || px > wide + 9 || -9 > py || py > high + 9) continue;
      if (lit >= 0 && data.label[i] !== lit || 0 > data.label[i]) {
        ink.fillStyle = grey;
        ink.globalAlpha = lit >= 0 ? 0.35 : 0.7;
        drawMark(i, size);
      } else {
        front.push(i);
      }
    }
    ink.globalAlpha = 0.85;
    for (const i of front) {
      ink.fillStyle = colours[data.label[i]];
      drawMark(i, lit >= 0 ? size * 1.25 : size);
    }
    ink.globalAlpha = 1;
    if (found >= 0 && visible(found)) ring(size);
  }

  function ring(size) {
    const ratio = canvas.width / wide;
    ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    ink.strokeStyle = frameColour;
    ink.lineWidth = 1.6;
    ink.beginPath();
    ink.arc(toX(found), toY(found), size + 4, 0, 7);
    ink.stroke();
    placeTip();
  }

  function nearest(px, py, reach) {
    let best = -1, least = reach * reach;
    for (let i = 0; i !== count; ++i) {
      if (!visible(i) || lit >= 0 && data.label[i] !== lit) continue;
      const dx = toX(i) - px, dy = toY(i) - py, far = dx * dx + dy * dy;
      if (least > far) { least = far; best = i; }
    }
    return best;
  }
)js";

constexpr std::string_view gestures = R"js(
  function show(i) {
    if (i === found) return;
    found = i;
    tip.hidden = 0 > i;
    canvas.style.cursor = 0 > i ? 'grab' : 'pointer';
    if (i >= 0) {
      const [name, about, id] = tip.querySelectorAll('.map-name, .map-set, .map-id');
      name.textContent = 0 > data.label[i] ? 'no class' : data.classes[data.label[i]];
      about.textContent = 0 > data.set[i] ? '' : data.sets[data.set[i]];
      id.textContent = data.id[i];
      showPhoto(data.picture[i]);
      placeTip();
    }
    later();
  }

  function showPhoto(number) {
    photo.hidden = 0 > number;
    tip.querySelector('.map-none').hidden = number >= 0;
    if (0 > number) return;
    const cell = number % data.cells, side = data.side;
    const w = data.size[2 * number], h = data.size[2 * number + 1];
    photo.width = w;
    photo.height = h;
    const left = cell % data.columns * side + (side - w >> 1);
    const top = Math.floor(cell / data.columns) * side + (side - h >> 1);
    photo.getContext('2d').drawImage(sheets[Math.floor(number / data.cells)], left, top, w, h, 0, 0, w, h);
    const grow = 96 / Math.max(w, h);
    photo.style.width = Math.round(w * grow) + 'px';
    photo.style.height = Math.round(h * grow) + 'px';
  }

  function placeTip() {
    const px = toX(found), py = toY(found), box = tip.getBoundingClientRect();
    const left = px + 16 + box.width > wide ? px - 16 - box.width : px + 16;
    tip.style.left = Math.max(4, Math.min(wide - box.width - 4, left)) + 'px';
    tip.style.top = Math.max(4, Math.min(high - box.height - 4, py - box.height / 2)) + 'px';
  }

  function zoomAt(factor, px, py) {
    const before = zoom;
    zoom = Math.max(1, Math.min(60, zoom * factor));
    const shift = (1 / before - 1 / zoom) / fit;
    middleX += (px - wide / 2) * shift;
    middleY += (py - high / 2) * shift;
    keepInside();
    touchable();
    later();
  }

  function pan(dx, dy) {
    middleX -= dx / (fit * zoom);
    middleY -= dy / (fit * zoom);
    keepInside();
    later();
  }

  function keepInside() {
    const limits = data.maps[shown];
    middleX = Math.max(0, Math.min(limits.width, middleX));
    middleY = Math.max(0, Math.min(limits.height, middleY));
  }

  function project(to) {
    if (to === shown) return;
    const fromX = x.slice(), fromY = y.slice(), goal = data.maps[to], begun = performance.now();
    const run = ++moving;
    shown = to;
    show(-1);
    home();
    const frame = now => {
      if (run !== moving) return;
      const t = still ? 1 : Math.max(0, Math.min(1, (now - begun) / 450)), ease = t * t * (3 - 2 * t);
      for (let i = 0; i !== count; ++i) {
        const gx = goal.x[i] ?? NaN, gy = goal.y[i] ?? NaN;
        x[i] = t === 1 || fromX[i] !== fromX[i] ? gx : fromX[i] + (gx - fromX[i]) * ease;
        y[i] = t === 1 || fromY[i] !== fromY[i] ? gy : fromY[i] + (gy - fromY[i]) * ease;
      }
      later();
      if (t !== 1) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  const place = event => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const fingers = new Map();
  let dragged = 0;
  canvas.addEventListener('pointerdown', event => {
    if (!fingers.size) dragged = 0;
    fingers.set(event.pointerId, place(event));
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', event => {
    const now = place(event), before = fingers.get(event.pointerId);
    if (!before) {
      if (!pinned) show(nearest(...now, 14));
      return;
    }
    const others = [...fingers].filter(([id]) => id !== event.pointerId);
    dragged += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (!others.length) {
      if (dragged > 4) pan(now[0] - before[0], now[1] - before[1]);
    } else {
      const other = others[0][1], apart = p => Math.hypot(p[0] - other[0], p[1] - other[1]);
      zoomAt(apart(now) / Math.max(1, apart(before)), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    }
    fingers.set(event.pointerId, now);
  });
  const lift = event => {
    if (!fingers.delete(event.pointerId) || event.type !== 'pointerup') return;
    if (dragged > 4 || fingers.size) return;
    const hit = nearest(...place(event), event.pointerType === 'mouse' ? 14 : 26);
    pinned = hit >= 0;
    show(hit);
  };
  for (const name of ['pointerup', 'pointercancel']) canvas.addEventListener(name, lift);
  canvas.addEventListener('pointerleave', event => {
    if (event.pointerType === 'mouse' && !pinned) show(-1);
  });
  canvas.addEventListener('wheel', event => {
    if (event.deltaY > 0 && zoom === 1) return;  // the page scrolls on
    event.preventDefault();
    zoomAt(Math.exp(-Math.max(-120, Math.min(120, event.deltaY)) / 300), ...place(event));
  }, {passive: false});
  canvas.addEventListener('dblclick', event => zoomAt(2, ...place(event)));
)js";

}  // namespace

std::string_view map_script() {
  static const std::string whole = std::string(view) + std::string(gestures) + std::string(map_controls());
  return whole;
}

std::string script_hash(std::string_view text) {
  const std::string digits = sha256(text);
  std::string digest;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    digest += static_cast<char>(static_cast<uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return "'sha256-" + base64(digest) + "'";
}

}  // namespace simclr
