// The course of one sample as a part of the page; mountCourse draws it.
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".replay");
  const told = JSON.stringify(data.course);
  if (root.mountedTold === told) root.mountedCourse.update({ theme: data.theme });
  else [root.mountedTold, root.mountedCourse] = [told, mountCourse(root, data.course, { theme: data.theme })];
}
