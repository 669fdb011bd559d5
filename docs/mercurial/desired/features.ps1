# Older tools ask for the older .NET when they start; it comes with a restart.
$ErrorActionPreference = 'Stop'
Install-WindowsFeature -Name NET-Framework-Core
