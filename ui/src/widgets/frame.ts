/** How much room a widget has, in cells of the grid: views decide by it what they leave out. */
import { createContext, useContext } from "react";

export interface Frame {
  rows: number;
  columns: number;
}

const Context = createContext<Frame>({ rows: 4, columns: 6 });

export const FrameProvider = Context.Provider;

export function useFrame(): Frame {
  return useContext(Context);
}
