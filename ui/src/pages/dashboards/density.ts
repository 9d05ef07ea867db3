/** Whether a reader wants dashboards in two columns: remembered in this browser, not in the dashboard. */
import { useState } from "react";

const KEY = "heeler.dashboardColumns";

/** True or false as the reader chose; null lets the width decide. */
export function useDensity(): [boolean | null, (dense: boolean) => void] {
  const [dense, setDense] = useState(read);
  const choose = (next: boolean) => {
    try {
      localStorage.setItem(KEY, next ? "2" : "1");
    } catch {
      // storage is forbidden in this browser: the choice lasts as long as the page
    }
    setDense(next);
  };
  return [dense, choose];
}

function read(): boolean | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === null ? null : value === "2";
  } catch {
    return null;
  }
}
