//! Where a window goes on its monitor, in pixels. Numbers in, numbers out.

/// The part of a monitor that panels leave free.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

/// Between the menu and the edge of the area.
const GAP: i32 = 8;

/// The corner of the bag: over (or under) the place of the click, whole inside the area; lower right where nothing was
/// clicked.
pub fn place(click: Option<(i32, i32)>, area: Area, size: (i32, i32)) -> (i32, i32) {
    let right = area.x.saturating_add(area.width);
    let bottom = area.y.saturating_add(area.height);
    let (wished_x, upper) = match click {
        Some((x, y)) => (x - size.0 / 2, y < area.y + area.height / 2),
        None => (right, false),
    };
    let wished_y = if upper { area.y + GAP } else { bottom - size.1 - GAP };
    (inside(wished_x, area.x + GAP, right - size.0 - GAP), inside(wished_y, area.y, bottom - size.1))
}

/// The middle of the area.
pub fn middle(area: Area, size: (i32, i32)) -> (i32, i32) {
    (
        inside(area.x + (area.width - size.0) / 2, area.x, area.x + area.width),
        inside(area.y + (area.height - size.1) / 2, area.y, area.y + area.height),
    )
}

/// The nearest value between the two; the lower one where they leave no room.
fn inside(value: i32, low: i32, high: i32) -> i32 {
    value.min(high).max(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area { x: 0, y: 0, width: 1280, height: 768 };
    const SECOND: Area = Area { x: 1920, y: 100, width: 1280, height: 700 };
    const SIZE: (i32, i32) = (400, 600);

    #[test]
    fn the_menu_opens_at_the_bag_and_whole_on_the_monitor() {
        let table = [
            // panel below, bag at the right
            (Some((1150, 784)), AREA, (872, 160)),
            // in the middle of the panel: over the pointer
            (Some((640, 784)), AREA, (440, 160)),
            // panel above
            (Some((1150, -10)), AREA, (872, 8)),
            // panel at the left
            (Some((-20, 700)), AREA, (8, 160)),
            // a second monitor
            (Some((3000, 810)), SECOND, (2792, 192)),
            // from the start menu: lower right
            (None, AREA, (872, 160)),
        ];
        for (click, area, expected) in table {
            assert_eq!(place(click, area, SIZE), expected, "{click:?}");
        }
    }

    #[test]
    fn a_monitor_smaller_than_the_menu_shows_its_head() {
        let small = Area { x: 0, y: 0, width: 320, height: 480 };
        assert_eq!(place(Some((300, 490)), small, SIZE), (8, 0));
    }

    #[test]
    fn the_window_stands_in_the_middle() {
        assert_eq!(middle(AREA, (960, 720)), (160, 24));
        assert_eq!(middle(AREA, (2000, 900)), (0, 0));
    }
}
