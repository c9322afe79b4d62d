#include "report/style.hpp"

namespace simclr {
namespace {

constexpr const char* css = R"(
:root{color-scheme:light dark;--ink:#1c2126;--muted:#59636e;--line:#dfe4e8;--paper:#fff;--panel:#f5f7f8;--accent:#0066a1;
--good:#00704f;--bad:#b34700;--warn:#7d5f00;--open:#59636e;--tint:#f0f6fa}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6eaee;--muted:#9aa5b0;--line:#2c343b;--paper:#14181c;--panel:#1b2126;
--accent:#6cbcec;--good:#2fc39a;--bad:#f0883e;--warn:#e6c34d;--open:#9aa5b0;--tint:#1a242c}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:1072px;margin:0 auto;padding:40px 24px 64px}
header{margin-bottom:24px}
h1{font-size:28px;line-height:1.2;margin:0;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:20px;line-height:1.3;margin:0 0 14px;font-weight:650}
h3{font-size:16px;margin:28px 0 8px;font-weight:650}
p{margin:0 0 12px;max-width:72ch;overflow-wrap:anywhere}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
section{margin-top:56px;scroll-margin-top:16px}
.subtitle,.note{color:var(--muted)}
.subtitle{margin:6px 0 0;max-width:none}
.note{font-size:14px;max-width:88ch}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
code{overflow-wrap:anywhere}
pre.command{margin:0 0 18px;padding:10px 14px;background:var(--panel);border:1px solid var(--line);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:24px;padding-bottom:12px;border-bottom:1px solid var(--line);font-size:14px}
.verdict{margin-top:0;padding:24px 28px;border:1px solid var(--line);border-left:6px solid var(--tone);border-radius:10px;background:var(--panel)}
.good{--tone:var(--good)}.bad{--tone:var(--bad)}.warn{--tone:var(--warn)}.open{--tone:var(--open)}
.word{display:flex;align-items:center;gap:12px;margin:0 0 8px;font-size:26px;line-height:1.2;font-weight:650;color:var(--tone)}
.sign{flex:none;display:inline-grid;place-items:center;width:32px;height:32px;border-radius:50%;background:var(--tone);color:var(--panel);font-size:18px;font-weight:700}
.lead{font-size:17px}
.way{height:10px;max-width:560px;margin-top:18px;border-radius:5px;background:var(--line);overflow:hidden}
.way div{height:100%;background:var(--tone)}
.way-ends{display:flex;justify-content:space-between;max-width:560px;font-size:13px;color:var(--muted);font-variant-numeric:tabular-nums}
.tiles{display:flex;flex-wrap:wrap;gap:14px 36px;margin:22px 0 18px}
.tiles dt{font-size:13px;color:var(--muted)}
.tiles dd{margin:0;white-space:nowrap;font-size:21px;line-height:1.25;font-weight:600;font-variant-numeric:tabular-nums}
.tiles small{display:block;font-size:13px;font-weight:400;color:var(--muted)}
.notice{margin:16px 0;padding:12px 16px;border-left:4px solid var(--warn);background:var(--panel);border-radius:0 8px 8px 0;max-width:none;overflow-wrap:anywhere}
.notice ul{margin:6px 0 0;padding-left:20px}
.missing{font-size:15px;color:var(--muted);font-style:italic;margin-bottom:8px}
.scroll{overflow-x:auto;margin:0 0 12px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
.scores{width:100%;font-size:15px}
.scores th,.scores td{padding:9px 12px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
.scores th[scope=row],.scores th:first-child[rowspan]{text-align:left;font-weight:500}
.scores thead th{font-size:13px;font-weight:500;color:var(--muted);vertical-align:bottom}
.scores thead .group{text-align:center;color:var(--ink);font-weight:600}
.scores small{display:block;color:var(--muted);font-size:12px;font-weight:400;line-height:1.3}
.scores td,.scores tbody th{vertical-align:top}
.scores .own th,.scores .own td{background:var(--tint)}
.scores tr.own th{font-weight:650}
.scores .none{color:var(--muted)}
.facts{width:100%;font-size:14px}
.facts th,.facts td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;overflow-wrap:anywhere}
.facts th{width:14em;font-weight:500;color:var(--muted)}
.facts td{white-space:pre-wrap}
.files th{width:auto;white-space:nowrap;color:var(--ink)}
.files td{white-space:normal;overflow-wrap:normal;min-width:8em}
.files .size{min-width:0;text-align:right;white-space:nowrap;color:var(--muted)}
figure{margin:0}
figure .plot{display:block;width:100%;height:auto}
.wide{margin-top:20px}
.narrow{display:none;margin-top:16px}
.multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr));gap:32px 28px;margin-top:20px}
.multiples .plot{max-width:460px}
.views img{display:block;max-width:100%;height:auto;border-radius:6px;background:var(--panel)}
.gallery{display:grid;gap:14px;max-width:860px}
.strip{display:grid;grid-template-columns:minmax(0,1fr) 4px repeat(8,minmax(0,1fr));gap:8px}
.query+.neighbour{grid-column:3}
.strip>div{min-width:0;font-size:12px;line-height:1.3;text-align:center}
.strip img,.no-picture{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--panel);border:2px solid transparent;border-radius:6px;padding:2px}
.strip .tiny{image-rendering:pixelated}
.no-picture{overflow:hidden;font-size:10px;overflow-wrap:anywhere;color:var(--muted);border-color:var(--line)}
.query img{border-color:var(--ink)}
.query .label{font-weight:600}
.same img{border-color:var(--line)}
.other img{border:2px dashed var(--bad)}
.other .label{color:var(--bad)}
.label{display:block;margin-top:3px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-variant-numeric:tabular-nums}
.map{--grey:#aab3bb;margin-top:16px}
.map-live[hidden],.map-static[hidden],.map-tip[hidden],.map-tip [hidden],.map-sheet{display:none}
.map-static .plot{min-width:720px}
.map button{font:inherit;font-size:13px;line-height:1.2;color:var(--ink);background:var(--panel);border:1px solid var(--line);border-radius:7px;cursor:pointer}
.map button:hover{border-color:var(--muted)}
.map :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.map-bar{display:flex;flex-wrap:wrap;gap:10px 24px;margin-bottom:12px}
.map-bar>div,.map-every{display:flex;flex-wrap:wrap;gap:6px}
.map-bar button{min-height:34px;padding:6px 12px}
.map-choice button[aria-pressed=true]{background:var(--accent);border-color:var(--accent);color:var(--paper);font-weight:600}
.map-sets button::before{content:"✓";display:inline-block;width:1.3em;text-align:left;color:var(--accent);font-weight:700}
.map-sets button[aria-pressed=false]{color:var(--muted)}
.map-sets button[aria-pressed=false]::before{content:""}
.map-body{display:grid;grid-template-columns:minmax(0,1fr) 250px;gap:18px;margin-bottom:12px}
.map-stage{position:relative;height:min(620px,78vh);min-height:360px;border:1px solid var(--line);border-radius:10px;background:var(--paper);overflow:hidden}
.map-stage>canvas{display:block;width:100%;height:100%;cursor:grab;touch-action:pan-y}
.map-stage>canvas:focus-visible{outline-offset:-3px;border-radius:10px}
.map-zoom{position:absolute;top:10px;right:10px;display:grid;gap:4px}
.map .map-zoom button{width:34px;height:34px;padding:0;font-size:18px;opacity:.92}
.map-tip{position:absolute;left:0;top:0;width:max-content;max-width:min(220px,70%);padding:8px 10px;border:1px solid var(--line);border-radius:9px;background:var(--paper);box-shadow:0 4px 18px #0003;pointer-events:none;font-size:13px;line-height:1.35}
.map-tip canvas{display:block;margin:0 auto 6px;border-radius:5px;image-rendering:auto}
.map-tip>*{display:block;overflow-wrap:anywhere}
.map-none{color:var(--muted);font-style:italic;font-size:12px}
.map-set,.map-id{color:var(--muted);font-size:12px}
.map-legend{display:flex;flex-direction:column;min-height:0;max-height:min(620px,78vh)}
.map-every{align-items:center;margin:0 0 6px;font-size:13px;color:var(--muted)}
.map-every span{margin-right:auto}
.map-every button{padding:4px 10px}
.map-keys{flex:1;min-height:0;overflow-y:auto;display:flex;flex-direction:column;gap:1px;padding:2px}
.map .map-key{display:flex;align-items:center;gap:7px;padding:4px 8px;border-color:transparent;background:none;text-align:left}
.map .map-key:hover,.map .map-key:focus-visible{background:var(--panel)}
.map-key svg{flex:none;width:18px;height:18px}
.map-key span{flex:1;min-width:0;overflow-wrap:anywhere}
.map-key small{color:var(--muted);font-variant-numeric:tabular-nums}
.map-key[aria-pressed=false]{opacity:.42}
.map-key[aria-pressed=false] span{text-decoration:line-through}
.map-quality{max-width:640px}
.scores.map-quality th:first-child{text-align:left}
.scores.map-quality thead th{white-space:normal}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(330px,100%),1fr));gap:22px;margin-top:16px}
.cards.side{grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr))}
.card{min-width:0;border:1px solid var(--line);border-radius:10px;padding:0 14px 14px;overflow:hidden}
.card h4{margin:0 -14px 10px;padding:9px 14px;background:var(--panel);border-bottom:1px solid var(--line);font-size:14px;font-weight:650;overflow-wrap:anywhere}
.card-of{margin:0 0 8px;font-size:13px;font-weight:600;color:var(--accent)}
.row-name{margin:10px 0 4px;font-size:12px;color:var(--muted)}
.five{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:6px;font-size:11px;line-height:1.3}
.five>div{min-width:0}
.five>p{grid-column:1/-1;margin:0}
.five img{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--panel);border:1px solid var(--line);border-radius:5px}
.five .tiny{image-rendering:pixelated}
.stranger img{border:1px dashed var(--bad)}
.stranger .label{color:var(--bad);white-space:normal;overflow-wrap:anywhere;display:-webkit-box;-webkit-line-clamp:4;-webkit-box-orient:vertical}
.more{margin-top:18px}
.more summary{cursor:pointer;color:var(--accent);font-weight:600;padding:6px 0}
.differ{width:auto;min-width:min(640px,100%)}
.differ thead th{color:var(--ink);font-weight:600;vertical-align:bottom}
.differ td{min-width:8em;max-width:30em;overflow-wrap:break-word}
.differ tbody th{width:auto;white-space:nowrap}
h4{font-size:14px;margin:22px 0 0;font-weight:650}
footer{margin-top:64px;padding-top:16px;border-top:1px solid var(--line);font-size:13px;color:var(--muted)}
@media screen and (prefers-color-scheme:dark){.map{--grey:#59636e}.map-tip{box-shadow:0 4px 18px #000a}}
@media (max-width:760px){
.map-body{grid-template-columns:minmax(0,1fr)}
.map-stage{height:min(390px,62vh);min-height:300px}
.map-legend{max-height:260px}
.map-keys{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}
.map .map-key{min-height:36px}
.map .map-zoom button{width:40px;height:40px}
main{padding:24px 16px 48px}
section{margin-top:44px}
.verdict{padding:18px 18px 12px;margin-left:-4px;margin-right:-4px}
.tiles{gap:14px 28px}
.wide{display:none}.narrow{display:block}
.scores th,.scores td{padding:8px 10px}
.scores th[scope=row],.scores th:first-child[rowspan]{position:sticky;left:0;background:var(--paper)}
.scores .own th[scope=row]{background:var(--tint)}
.facts th{width:9em}
.strip{gap:3px;grid-template-columns:minmax(0,1fr) 2px repeat(8,minmax(0,1fr))}
.strip>div{font-size:10px}
.strip img{padding:0}
}
@media (max-width:560px){
.strip{grid-template-columns:minmax(0,1fr) 2px repeat(4,minmax(0,1fr))}
.strip>.neighbour:nth-child(6){grid-column:3}
.gallery{gap:22px}
}
@media print{section,figure,.strip{break-inside:avoid}nav{display:none}}
)";

}  // namespace

std::string page_style() {
  return css;
}

}  // namespace simclr
