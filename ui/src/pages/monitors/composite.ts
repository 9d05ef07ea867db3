/** The query of a composite monitor: letters for its monitors, and logic over the letters. */

export interface CompositeCondition {
  /** Ids in the order of their letters. */
  monitors: number[];
  /** `a && !b`. */
  logic: string;
}

export const MOST = 10;

export const letterOf = (place: number): string => String.fromCharCode(97 + place);

/** The parts of `12 && !34`; null for what is no such text. */
export function readComposite(text: string): CompositeCondition | null {
  if (!/^[\d\s()!&|]*$/.test(text)) return null;
  const monitors: number[] = [];
  const logic = text.replace(/\d+/g, (digits) => {
    const id = Number(digits);
    if (!monitors.includes(id)) monitors.push(id);
    return letterOf(monitors.indexOf(id));
  });
  return monitors.length <= MOST ? { monitors, logic: logic.trim() } : null;
}

export function writeComposite({ monitors, logic }: CompositeCondition): string {
  return logic.replace(/[a-z]/gi, (letter) => {
    const id = monitors[letter.toLowerCase().charCodeAt(0) - 97];
    return id === undefined ? letter : String(id);
  });
}

/** What is wrong with the logic, for the reader; undefined where nothing is. */
export function logicProblem({ monitors, logic }: CompositeCondition): string | undefined {
  const letters = [...logic.matchAll(/[a-z]/gi)].map((found) => found[0].toLowerCase());
  const unknown = letters.find((letter) => monitors[letter.charCodeAt(0) - 97] === undefined);
  if (unknown) return `There is no monitor ${unknown}.`;
  const unused = monitors.findIndex((_, place) => !letters.includes(letterOf(place)));
  if (unused >= 0) return `Monitor ${letterOf(unused)} is not in the condition.`;
  return undefined;
}

/** The condition with another monitor, joined by &&. */
export function withMonitor(condition: CompositeCondition, id: number): CompositeCondition {
  if (condition.monitors.includes(id) || condition.monitors.length >= MOST) return condition;
  const letter = letterOf(condition.monitors.length);
  const logic = condition.logic.trim();
  return {
    monitors: [...condition.monitors, id],
    logic: logic ? `${/\|\|/.test(logic) ? `(${logic})` : logic} && ${letter}` : letter,
  };
}

/** The condition without a monitor: what remains is joined by && where the monitor stood in logic of its own. */
export function withoutMonitor(condition: CompositeCondition, place: number): CompositeCondition {
  const monitors = condition.monitors.filter((_, at) => at !== place);
  const simple = /^[a-z](\s*&&\s*[a-z])*$/i.test(condition.logic.trim());
  const either = /^[a-z](\s*\|\|\s*[a-z])*$/i.test(condition.logic.trim());
  const join = either && !simple ? " || " : " && ";
  return { monitors, logic: monitors.map((_, at) => letterOf(at)).join(join) };
}
