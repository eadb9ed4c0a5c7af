"""How the parts of a picture look, in light and in dark."""

from __future__ import annotations

STYLE = """
  .machine { --ground: #ffffff; --ink: #1f2933; --line: #7b8794; --box: #f5f7fa; --edge: #7b8794; --usual: #0b69a3;
    --cancel: #b44d12; --fail: #c2293d; --now: #ffe08a; --now-ink: #1f2933; --past: #d6ecfa; --soft: #6b7785; }
  @media (prefers-color-scheme: dark) {
    .machine { --ground: #0d1117; --ink: #e6edf3; --line: #8b98a5; --box: #1b2230; --edge: #6e7883; --usual: #6cb6ff;
      --cancel: #f0a35e; --fail: #ff8088; --now: #7a5c00; --now-ink: #ffffff; --past: #12385a; --soft: #8b98a5; }
  }
  @media print {
    .machine { --ground: #ffffff; --ink: #1f2933; --line: #7b8794; --box: #f5f7fa; --edge: #7b8794; --usual: #0b69a3;
      --cancel: #b44d12; --fail: #c2293d; --now: #ffe08a; --now-ink: #1f2933; --past: #d6ecfa; --soft: #6b7785;
      print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  }
  .machine text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink); }
  .ground { fill: var(--ground); }
  .state rect { fill: var(--box); stroke: var(--edge); stroke-width: 1.5; }
  .state text { font-size: 17px; font-weight: 600; text-anchor: middle; dominant-baseline: central; }
  .state .amount { font-size: 12px; font-weight: 400; }
  .final rect { stroke-width: 4; }
  .past rect { fill: var(--past); stroke: var(--usual); }
  .now rect { fill: var(--now); stroke: var(--ink); stroke-width: 3; }
  .now text { fill: var(--now-ink); }
  .end-canceled rect { stroke: var(--cancel); stroke-width: 4; }
  .end-failed rect { stroke: var(--fail); stroke-width: 4; }
  .state .badge { fill: var(--fail); stroke: var(--ground); stroke-width: 2; }
  .state .refusals { font-size: 11px; fill: var(--ground); }
  .arrow path { fill: none; stroke: var(--line); stroke-width: 1.6; }
  .arrow text { font-size: 13px; text-anchor: middle; stroke: var(--ground); stroke-width: 4px; paint-order: stroke;
    stroke-linejoin: round; }
  .usual path { stroke: var(--usual); stroke-width: 2.2; } .usual text { fill: var(--usual); }
  .cancel path { stroke: var(--cancel); } .cancel text { fill: var(--cancel); }
  .fail path { stroke: var(--fail); } .fail text { fill: var(--fail); }
  .taken path { stroke-width: 4; } .taken text { font-weight: 700; }
  .arrow .amount, .arrow .failures { font-size: 12px; font-weight: 400; } .arrow .failures { fill: var(--fail); }
  .untaken path { opacity: 0.35; } .untaken text { fill: var(--soft); }
  .note { font-size: 13px; }
  .told { font-size: 14px; } .told.end, .told.failed, .told.refused { fill: var(--fail); }
  .frame > rect { fill: none; stroke: var(--edge); stroke-width: 1.5; stroke-dasharray: 6 4; }
  .frame > text.title { font-size: 15px; font-weight: 600; }
"""
"""The style sheet. All that it says is about elements of the class ``machine`` and what is in them."""
