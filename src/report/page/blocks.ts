/** Figures, tables and galleries as HTML. */
import { errorOf } from "../cases.ts";
import { scoreText } from "../figures/axes.ts";
import type { Figure } from "../figure.ts";
import { html, Markup } from "../markup.ts";
import { followsPage } from "../palette.ts";
import type { Absent, Block, Gallery, GalleryImage } from "../section.ts";
import type { Row, Table } from "../tables/table.ts";

export function blockMarkup(block: Block): Markup {
  switch (block.kind) {
    case "figure":
      return figureMarkup(block.figure);
    case "table":
      return tableMarkup(block.table);
    case "gallery":
      return galleryMarkup(block.gallery);
    case "absent":
      return absentMarkup(block.absent);
  }
}

/** A figure has its title above and its caption below. */
function figureMarkup({ id, title, caption, svg, narrow }: Figure): Markup {
  const onPaper = followsPage(svg) ? "" : " on-paper";
  const drawings =
    narrow === undefined
      ? html`<div class="scroll" tabindex="0" role="region" aria-label="${title}">
          <div class="drawing">${new Markup(svg)}</div>
        </div>`
      : html`<div class="drawing wide">${new Markup(svg)}</div>
          <div class="drawing narrow">${new Markup(narrow)}</div>`;
  return html`<figure id="${id}" class="block${onPaper}">
    <h3>${title}</h3>
    ${drawings}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

function tableMarkup({ id, title, caption, head, rows }: Table): Markup {
  const isNumeric = head.map((_, k) => rows.every(({ cells }) => isNumber(cells[k] ?? "")));
  const cellsOf = ({ cells, below = [] }: Row): Markup[] =>
    cells.map((text, k) => {
      const small = below[k] ? [html` <small>${below[k]}</small>`] : [];
      return k === 0
        ? html`<th scope="row">${text}${small}</th>`
        : html`<td${new Markup(isNumeric[k] ? ' class="number"' : "")}>${text}${small}</td>`;
    });
  return html`<section id="${id}" class="block">
    <h3>${title}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="${title}">
      <table>
        <thead>
          <tr>
            ${head.map((text, k) => html`<th scope="col" ${new Markup(isNumeric[k] && k > 0 ? ' class="number"' : "")}>${text}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => html`<tr${new Markup(row.isOwn ? ' class="own"' : "")}>${cellsOf(row)}</tr>`)}
        </tbody>
      </table>
    </div>
    <p class="caption">${caption}</p>
  </section>`;
}

const isNumber = (text: string): boolean => /^([~−+-]?[\d,.]+(·10[⁻⁰¹²³⁴-⁹]+)?|–|)$/.test(text);

function galleryMarkup({ id, title, caption, outputs, images }: Gallery): Markup {
  return html`<section id="${id}" class="block">
    <h3>${title}</h3>
    <p class="caption">${caption}</p>
    <ol class="gallery">
      ${images.map((image) => galleryItem(image, outputs))}
    </ol>
  </section>`;
}

function galleryItem({ row, picture }: GalleryImage, outputs: readonly string[]): Markup {
  const { image, actual, predicted } = row;
  const shown =
    picture === null ? html`<div class="no-picture">no image</div>` : html`<img src="${picture}" alt="${image}" />`;
  const lines = outputs.map((name, k) => {
    const [label = 0, value = 0] = [actual[k], predicted[k]];
    return html`<tr>
      <th scope="row">${name}</th>
      ${[label, value, value - label].map((number) => html`<td class="number">${short(number)}</td>`)}
    </tr>`;
  });
  return html`<li>
    ${shown}
    <h4>${image}</h4>
    <p>mean error ${scoreText(errorOf(row))}</p>
    <table>
      <thead>
        <tr>
          <td></td>
          <th scope="col" class="number">actual</th>
          <th scope="col" class="number">pred.</th>
          <th scope="col" class="number">diff.</th>
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>
  </li>`;
}

/** Two decimals, or three digits of larger numbers. */
const short = (value: number): string =>
  (Math.abs(value) < 10 ? value.toFixed(2) : value.toPrecision(3)).replace("-", "−");

const absentMarkup = ({ what, why }: Absent): Markup => html`<p class="absent"><strong>${what}:</strong> ${why}</p>`;
