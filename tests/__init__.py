# linkpreview, which neonize needs, installs a package named "tests": this one must come first.
