/** Where the widgets of a dashboard stand. */
export { type BoardLayout, hasTwoSides, type Placed, placeBoard, rowHeights } from "./board";
export { type Box, bottomOf, freeSlot, overlap } from "./box";
export { FREE_UNIT_PX, type FreeLayout, freeScale, placeFree, stacked } from "./free";
export { COLUMNS, headerRows, innerOf, isGroup, openHeight, placeInner, savedCollapsed } from "./group";
export { currentTab, widgetsOfTab } from "./tabs";
