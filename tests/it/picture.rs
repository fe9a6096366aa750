//! A screen as an SVG: words, colours and weight, for README and for looking at.

use std::fmt::Write;

const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 14.0;
const GROUND: &str = "#101214";
const TEXT: &str = "#c8ccd4";

/// Draw a screen. Runs of cells that look alike become one piece of text.
pub fn svg(screen: &vt100::Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let width = f64::from(columns) * CELL.0 + 2.0 * MARGIN;
    let height = f64::from(rows) * CELL.1 + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         font-family=\"'DejaVu Sans Mono','JetBrains Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>\n",
        escaped(title)
    );
    for row in 0..rows {
        let y = MARGIN + f64::from(row) * CELL.1;
        for (start, end, color) in runs(columns, |column| ground(screen, row, column)) {
            if let Some(color) = color {
                let (x, wide) = (MARGIN + f64::from(start) * CELL.0, f64::from(end - start) * CELL.0);
                let _ = writeln!(
                    out,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{}\" fill=\"{color}\"/>",
                    CELL.1
                );
            }
        }
        for (start, end, look) in runs(columns, |column| look(screen, row, column)) {
            let words: String = (start..end).map(|column| contents(screen, row, column)).collect();
            if words.trim().is_empty() {
                continue;
            }
            let (x, base) = (MARGIN + f64::from(start) * CELL.0, y + 13.5);
            let weight = if look.1 { " font-weight=\"bold\"" } else { "" };
            let wide = f64::from(end - start) * CELL.0;
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{base:.1}\" fill=\"{}\"{weight} textLength=\"{wide:.1}\" \
                 lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>",
                look.0,
                escaped(&words)
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

fn runs<T: PartialEq>(columns: u16, of: impl Fn(u16) -> T) -> Vec<(u16, u16, T)> {
    let mut found: Vec<(u16, u16, T)> = Vec::new();
    for column in 0..columns {
        let it = of(column);
        match found.last_mut() {
            Some((_, end, last)) if *last == it => *end = column + 1,
            _ => found.push((column, column + 1, it)),
        }
    }
    found
}

fn contents(screen: &vt100::Screen, row: u16, column: u16) -> String {
    let text = screen.cell(row, column).map(|cell| cell.contents().to_owned()).unwrap_or_default();
    if text.is_empty() { " ".into() } else { text }
}

fn ground(screen: &vt100::Screen, row: u16, column: u16) -> Option<String> {
    let cell = screen.cell(row, column)?;
    let color = if cell.inverse() { hex(cell.fgcolor()).or(Some(TEXT.into())) } else { hex(cell.bgcolor()) };
    color.filter(|it| it != GROUND)
}

fn look(screen: &vt100::Screen, row: u16, column: u16) -> (String, bool) {
    let Some(cell) = screen.cell(row, column) else { return (TEXT.into(), false) };
    let color = if cell.inverse() {
        hex(cell.bgcolor()).unwrap_or(GROUND.into())
    } else {
        hex(cell.fgcolor()).unwrap_or(TEXT.into())
    };
    (color, cell.bold())
}

fn hex(color: vt100::Color) -> Option<String> {
    match color {
        vt100::Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
